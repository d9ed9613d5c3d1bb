//! AWS Signature Version 4, made and judged.

use axum::http::{HeaderMap, Method};
use jiff::Timestamp;
use jiff::fmt::strtime;
use rusty_s3::signing::sign;

use super::{Fault, Inner, OWNER, Pairs, REGION, TAB};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Tab,
    Owner,
    Nobody,
}

pub fn signed(
    at: Timestamp,
    method: &Method,
    url: reqwest::Url,
    (key, secret): (&str, &str),
    seconds: u64,
    query: &[(String, String)],
    headers: &[(String, String)],
) -> reqwest::Url {
    let method = match method.as_str() {
        "GET" => rusty_s3::Method::Get,
        "HEAD" => rusty_s3::Method::Head,
        "PUT" => rusty_s3::Method::Put,
        "POST" => rusty_s3::Method::Post,
        _ => rusty_s3::Method::Delete,
    };
    let sorted = |pairs: &[(String, String)]| {
        let mut pairs = pairs.to_vec();
        pairs.sort_unstable();
        pairs
    };
    let (query, headers) = (sorted(query), sorted(headers));
    sign(
        &at,
        method,
        url,
        key,
        secret,
        None,
        REGION,
        seconds,
        query.iter().map(|(name, value)| (name.as_str(), value.as_str())),
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

/// Whose request it is: the signature made again with the secret of the key that is named.
pub fn judge(
    store: &Inner,
    method: &Method,
    url: reqwest::Url,
    signature: &[(String, String)],
    query: &[(String, String)],
    headers: &HeaderMap,
) -> Result<Who, &'static str> {
    let field = |name: &str| {
        signature.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    };
    let Some(credential) = field("X-Amz-Credential") else { return Ok(Who::Nobody) };
    let (who, key) = match credential.split('/').next().unwrap() {
        "TABKEY" => (Who::Tab, TAB),
        "OWNERKEY" => (Who::Owner, OWNER),
        _ => return Err("InvalidAccessKeyId"),
    };
    if store.has(Fault::AnySignature) {
        return Ok(who);
    }
    if !credential.contains(&format!("/{REGION}/s3/")) {
        return Err("AuthorizationHeaderMalformed");
    }
    let at = strtime::parse("%Y%m%dT%H%M%SZ", field("X-Amz-Date").unwrap())
        .unwrap()
        .to_datetime()
        .unwrap();
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    let names = field("X-Amz-SignedHeaders").unwrap().split(';').filter(|name| *name != "host");
    let values = names.map(|name| {
        let value = headers.get(name).ok_or("SignatureDoesNotMatch")?;
        Ok((name.to_owned(), value.to_str().unwrap().to_owned()))
    });
    let values = values.collect::<Result<Pairs, &'static str>>()?;
    let seconds = field("X-Amz-Expires").unwrap().parse().unwrap();
    let again = signed(at, method, url, key, seconds, query, &values);
    let ours =
        again.query_pairs().find(|(name, _)| name == "X-Amz-Signature").unwrap().1.into_owned();
    if field("X-Amz-Signature") == Some(ours.as_str()) {
        Ok(who)
    } else {
        Err("SignatureDoesNotMatch")
    }
}
