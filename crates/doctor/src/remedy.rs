//! How to fix a finding on each store: exact commands, with this bucket's names filled in.
//!
//! `ALIAS` is MinIO's name of the server (`mc alias set`), `OWNER` the id of the Ceph user that
//! owns the bucket.

use serde::Serialize;

use super::finding::Topic;
use frond_config::{Config, Target};

/// The examples of docs/STORES.md, for a bucket `example-frond` and a page at
/// `https://files.example.org`.
const POLICY: &str = include_str!("../../../docs/stores/policy.json");
const CORS: &str = include_str!("../../../docs/stores/cors.json");
const LIFECYCLE: &str = include_str!("../../../docs/stores/lifecycle.json");

/// Stores whose commands are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Amazon S3.
    Aws,
    /// Cloudflare R2.
    R2,
    /// Backblaze B2.
    B2,
    /// MinIO.
    Minio,
    /// Garage.
    Garage,
    /// Ceph's object gateway.
    Ceph,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Aws, Self::R2, Self::B2, Self::Minio, Self::Garage, Self::Ceph];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aws => "AWS S3",
            Self::R2 => "Cloudflare R2",
            Self::B2 => "Backblaze B2",
            Self::Minio => "MinIO",
            Self::Garage => "Garage",
            Self::Ceph => "Ceph",
        }
    }

    /// Derived from the store's address, if possible.
    pub(super) fn of(target: &Target) -> Option<Self> {
        let host = target.bucket.base_url().host_str().unwrap_or_default();
        let known = [
            (".amazonaws.com", Self::Aws),
            (".amazonaws.com.cn", Self::Aws),
            (".r2.cloudflarestorage.com", Self::R2),
            (".backblazeb2.com", Self::B2),
        ];
        known.into_iter().find(|(end, _)| host.ends_with(end)).map(|(_, kind)| kind)
    }
}

/// Minimum rights of the endpoint's key: an IAM policy for this bucket and prefix.
pub(super) fn policy(target: &Target) -> String {
    let bucket = target.bucket.name();
    POLICY
        .replace("example-frond/*", &format!("{bucket}/{}*", target.prefix))
        .replace("example-frond", bucket)
}

/// CORS rules for the page's origins, in the format of `aws s3api`.
pub(super) fn cors(config: &Config) -> String {
    let origins = config.origins.iter().map(|origin| format!("\"{origin}\"")).collect::<Vec<_>>();
    CORS.replace("\"https://files.example.org\"", &origins.join(", "))
}

/// A lifecycle rule for unfinished uploads, in the format of `aws s3api`.
pub(super) fn lifecycle(target: &Target) -> String {
    LIFECYCLE.replace("\"Prefix\": \"\"", &format!("\"Prefix\": \"{}\"", target.prefix))
}

/// Commands that fix the topic on that store. `None` if there is nothing to do there, or nothing
/// specific to it.
pub(super) fn remedy(topic: Topic, kind: Kind, config: &Config) -> Option<String> {
    let bucket = config.store.bucket.name();
    let region = config.store.bucket.region();
    // Any store but AWS needs its address.
    let at = match kind {
        Kind::Aws => format!(" --region {region}"),
        _ => format!(" --region {region} --endpoint-url {}", address(&config.store)),
    };
    let s3api = |call: &str, rest: &str| format!("aws s3api {call} --bucket {bucket}{at} {rest}");
    let with_file = |name: &str, content: &str, command: String| {
        format!("cat > {name} <<'JSON'\n{}\nJSON\n{command}", content.trim_end())
    };
    match topic {
        Topic::Cors | Topic::CorsExpose | Topic::CorsStrangers => Some(match kind {
            Kind::Minio => format!(
                "mc admin config set ALIAS api cors_allow_origin=\"{}\"\n\
                 mc admin service restart ALIAS",
                config.origins.iter().map(|origin| origin.as_str()).collect::<Vec<_>>().join(","),
            ),
            _ => with_file(
                "cors.json",
                &cors(config),
                s3api("put-bucket-cors", "--cors-configuration file://cors.json"),
            ),
        }),
        Topic::Lifecycle => Some(match kind {
            Kind::B2 => format!(
                "# in place of all lifecycle rules that the bucket had: `b2 bucket get {bucket}` \
                 shows them\n\
                 b2 bucket update {bucket} --lifecycle-rule '{{\"fileNamePrefix\": \"{}\", \
                 \"daysFromStartingToCancelingUnfinishedLargeFiles\": 7, \
                 \"daysFromUploadingToHiding\": null, \
                 \"daysFromHidingToDeleting\": null}}'",
                config.store.prefix
            ),
            Kind::Minio => "mc admin config set ALIAS api stale_uploads_expiry=168h".to_owned(),
            _ => with_file(
                "lifecycle.json",
                &lifecycle(&config.store),
                s3api(
                    "put-bucket-lifecycle-configuration",
                    "--lifecycle-configuration file://lifecycle.json",
                ),
            ),
        }),
        Topic::Versioning => Some(match kind {
            Kind::R2 | Kind::Garage => {
                format!("{} has no versions: keep copies of the bucket.", kind.name())
            }
            Kind::B2 => {
                "B2 keeps versions by itself: set the bucket's lifecycle to keep all of them."
                    .to_owned()
            }
            Kind::Minio => format!("mc version enable ALIAS/{bucket}"),
            Kind::Ceph => format!(
                "# only with `conditional = false` in frond.toml; not to be suspended later\n{}",
                s3api("put-bucket-versioning", "--versioning-configuration Status=Enabled")
            ),
            _ => s3api("put-bucket-versioning", "--versioning-configuration Status=Enabled"),
        }),
        Topic::Public => Some(match kind {
            Kind::Aws => s3api(
                "put-public-access-block",
                "--public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,\
                 BlockPublicPolicy=true,RestrictPublicBuckets=true",
            ),
            Kind::R2 => format!("npx wrangler r2 bucket dev-url disable {bucket}"),
            Kind::B2 => format!("b2 bucket update {bucket} allPrivate"),
            Kind::Minio => format!("mc anonymous set none ALIAS/{bucket}"),
            Kind::Garage => format!("garage bucket website --deny {bucket}"),
            // Not put-public-access-block: Ceph 16 then refuses the owner's own uploads.
            Kind::Ceph => format!(
                "{}\n{}",
                s3api("put-bucket-acl", "--acl private"),
                s3api("delete-bucket-policy", "").trim_end()
            ),
        }),
        Topic::OtherBuckets | Topic::Settings | Topic::Prefix | Topic::Missing => {
            Some(privileges(kind, config))
        }
        Topic::ConditionalPut => Some(in_store(match kind {
            Kind::Garage => ("conditional = false", ": Garage ignores the header"),
            Kind::Ceph => (
                "conditional = false",
                ", where the bucket has versions: Ceph 16 then ignores the header",
            ),
            _ => ("conditional = true", "; false only where the store refuses or ignores it"),
        })),
        Topic::Checksums => Some(in_store(match kind {
            Kind::Aws | Kind::R2 | Kind::Garage => {
                ("checksum = \"crc32c\"", "; \"md5\" where the store does not verify it")
            }
            Kind::B2 | Kind::Minio | Kind::Ceph => ("checksum = \"md5\"", ""),
        })),
        _ => None,
    }
}

/// A line of the configuration with a comment that says where it belongs, and when.
fn in_store((line, when): (&str, &str)) -> String {
    format!("{line}   # in [store] of frond.toml{when}")
}

/// Creates a key with the rights that Frond needs and no others.
fn privileges(kind: Kind, config: &Config) -> String {
    let bucket = config.store.bucket.name();
    let policy = policy(&config.store);
    let file = format!("cat > policy.json <<'JSON'\n{}\nJSON\n", policy.trim_end());
    match kind {
        Kind::Aws => format!(
            "{file}aws iam create-user --user-name frond\n\
             aws iam put-user-policy --user-name frond --policy-name frond --policy-document \
             file://policy.json\n\
             aws iam create-access-key --user-name frond"
        ),
        Kind::R2 => format!(
            "R2, Manage API tokens, Create: permission \"Object Read & Write\", applied to the \
             bucket {bucket} only."
        ),
        Kind::B2 => format!(
            "b2 key create --bucket {bucket}{} frond listBuckets,listFiles,readFiles,writeFiles,\
             deleteFiles",
            if config.store.prefix.is_empty() {
                String::new()
            } else {
                format!(" --name-prefix {}", config.store.prefix)
            }
        ),
        Kind::Minio => format!(
            "{file}mc admin policy create ALIAS frond policy.json\n\
             mc admin user add ALIAS frond SECRET\n\
             mc admin policy attach ALIAS frond --user frond"
        ),
        Kind::Garage => format!(
            "garage key create frond\n\
             garage bucket allow --read --write {bucket} --key frond\n\
             garage bucket deny --owner {bucket} --key frond"
        ),
        Kind::Ceph => {
            let policy = policy.replace(
                "\"Effect\": \"Allow\",",
                "\"Effect\": \"Allow\",\n      \"Principal\": { \"AWS\": \
                 [\"arn:aws:iam:::user/frond\"] },",
            );
            format!(
                "radosgw-admin user create --uid frond --display-name frond\n\
                 cat > policy.json <<'JSON'\n{}\nJSON\n\
                 # with the key of the bucket's owner:\n\
                 aws s3api put-bucket-policy --bucket {bucket} --endpoint-url {} --policy \
                 file://policy.json",
                policy.trim_end(),
                address(&config.store)
            )
        }
    }
}

/// The store's URL without the bucket.
fn address(target: &Target) -> String {
    let origin = target.origin();
    origin.replacen(&format!("://{}.", target.bucket.name()), "://", 1)
}
