//! The endpoint: hands out its configuration and the login records, and signs. Stateless but for
//! the account's logins and sessions.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use data_encoding::BASE64URL_NOPAD;
use frond::port::{Request, Response};
use frond_wire::{
    AddedLogin, ChecksumAlgorithm, Claims, ListedLogin, ListedLogins, LoginId, LoginRecord,
    NewLogin, NewSession, Operation, PresignRequest, PresignResponse, Presigned, PublicConfig,
    Registration, Renewal, SessionId, Share,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bucket::{answer, with};

pub const ORIGIN: &str = "https://frond.test";
pub const STORE: &str = "https://store.test/";
/// How far ahead a caller's clock may run, in seconds.
const SKEW: u64 = 5;

/// What a signed URL stands for.
pub struct Signed {
    pub operation: Operation,
    /// Seconds since the Unix epoch.
    pub until: u64,
}

/// An open session.
struct Open {
    login: LoginId,
    share: String,
    /// Seconds since the Unix epoch.
    until: u64,
}

#[derive(Default)]
pub struct Gate {
    sessions: RefCell<BTreeMap<SessionId, Open>>,
    logins: RefCell<BTreeMap<LoginId, LoginRecord>>,
    /// Whether it says that it removed a login, and does not.
    pub keeps_logins: Cell<bool>,
    signed: RefCell<Vec<Rc<Signed>>>,
    /// Life of a signed URL in seconds.
    pub life: Cell<u64>,
    /// Whether it takes a request of any time.
    pub lax: Cell<bool>,
    /// The latest time that a request was signed for, in seconds since the Unix epoch.
    pub latest: Cell<u64>,
}

impl Gate {
    /// Answers at `now`, in seconds since the Unix epoch.
    pub fn answer(&self, request: &Request, now: u64) -> Response {
        let path = request.url.strip_prefix(ORIGIN).unwrap();
        if path == "/config.json" {
            return json(200, &self.config());
        }
        if let Some(session) = path.strip_prefix("/v1/sessions/") {
            return self.session(request, session, now);
        }
        let claims = claims(request);
        self.latest.set(self.latest.get().max(claims.iat));
        if !self.lax.get() && (claims.iat > now + SKEW || claims.exp <= now) {
            return with(problem(401, "clock"), "date", date(now));
        }
        let known = self.logins.borrow().get(&claims.iss).cloned();
        match (request.method.as_str(), path) {
            ("POST", "/v1/accounts") => {
                let NewLogin { record, .. } = from_json(request);
                self.logins.borrow_mut().insert(record.login, record);
                answer(201, Vec::new())
            }
            ("GET", "/v1/login") => match known {
                Some(record) => json(200, &record),
                None => problem(404, "unknown-login"),
            },
            _ if known.is_none() => problem(403, "not-listed"),
            ("POST", "/v1/logins") => self.add(from_json(request)),
            ("GET", "/v1/logins") => json(200, &self.listed()),
            ("DELETE", path) => self.remove(path.strip_prefix("/v1/logins/").unwrap()),
            ("POST", "/v1/sessions") => {
                let new: NewSession = from_json(request);
                let (login, until) = (claims.iss, now + new.idle_seconds);
                let session = Open { login, share: new.share, until };
                self.sessions.borrow_mut().insert(new.session, session);
                answer(201, Vec::new())
            }
            ("POST", "/v1/presign") => {
                let PresignRequest { operations } = from_json(request);
                let urls =
                    operations.into_iter().map(|operation| self.sign(operation, now)).collect();
                json(200, &PresignResponse { expires: self.life.get(), urls })
            }
            other => panic!("no client asks for {other:?}"),
        }
    }

    fn add(&self, AddedLogin { record, .. }: AddedLogin) -> Response {
        let mut logins = self.logins.borrow_mut();
        match logins.get(&record.login) {
            Some(found) if *found != record => problem(409, "login-exists"),
            _ => {
                logins.insert(record.login, record);
                answer(201, Vec::new())
            }
        }
    }

    fn listed(&self) -> ListedLogins {
        let logins = self.logins.borrow();
        let listed = logins.values().map(|record| ListedLogin {
            login: record.login,
            kind: record.kind,
            created: record.created,
        });
        ListedLogins { logins: listed.collect() }
    }

    fn remove(&self, login: &str) -> Response {
        let login = LoginId::parse(login).unwrap();
        let mut logins = self.logins.borrow_mut();
        if logins.keys().all(|other| *other == login) {
            return problem(409, "last-login");
        }
        if !self.keeps_logins.get() {
            logins.remove(&login);
        }
        answer(204, Vec::new())
    }

    /// About one session; that the secret is right has its own tests.
    fn session(&self, request: &Request, path: &str, now: u64) -> Response {
        let mut sessions = self.sessions.borrow_mut();
        let id = SessionId::parse(path.rsplit('/').next().unwrap()).unwrap();
        let logins = self.logins.borrow();
        let lives = |open: &&mut Open| now < open.until && logins.contains_key(&open.login);
        let Some(Open { share, until, .. }) = sessions.get_mut(&id).filter(lives) else {
            return problem(404, "session-ended");
        };
        match request.method.as_str() {
            "GET" => json(200, &Share { share: share.clone() }),
            "POST" => {
                let renewal: Renewal = from_json(request);
                *until = now + renewal.idle_seconds;
                answer(204, Vec::new())
            }
            _ => {
                sessions.remove(&id);
                answer(204, Vec::new())
            }
        }
    }

    fn config(&self) -> PublicConfig {
        PublicConfig {
            deployment: "simulation".to_owned(),
            endpoint: String::new(),
            store: STORE.trim_end_matches('/').to_owned(),
            registration: Registration::Open,
            max_object_bytes: 1 << 40,
            presign_seconds: self.life.get(),
            checksum: ChecksumAlgorithm::Crc32c,
        }
    }

    fn sign(&self, operation: Operation, now: u64) -> Presigned {
        let mut signed = self.signed.borrow_mut();
        let url = format!("{STORE}{}", signed.len());
        let method = operation.method().to_owned();
        signed.push(Rc::new(Signed { operation, until: now + self.life.get() }));
        Presigned { method, url, headers: std::collections::BTreeMap::new() }
    }

    /// The one account.
    pub fn account(&self) -> String {
        self.logins.borrow().values().next().unwrap().account.to_string()
    }

    /// What a URL of the store stands for.
    pub fn signed(&self, url: &str) -> Option<Rc<Signed>> {
        let number: usize = url.strip_prefix(STORE)?.parse().ok()?;
        self.signed.borrow().get(number).cloned()
    }
}

/// Who asks, and when: the signature itself has its own tests.
fn claims(request: &Request) -> Claims {
    let (_, value) = request.headers.iter().find(|(name, _)| name == "authorization").unwrap();
    let part = value.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

fn from_json<T: DeserializeOwned>(request: &Request) -> T {
    serde_json::from_slice(&request.body.bytes()).unwrap()
}

fn json(status: u16, value: &impl Serialize) -> Response {
    answer(status, serde_json::to_vec(value).unwrap())
}

fn problem(status: u16, kind: &str) -> Response {
    answer(
        status,
        format!(r#"{{"type":"/problems/{kind}","title":"t","status":{status}}}"#).into_bytes(),
    )
}

/// IMF-fixdate (RFC 9110 §5.6.7).
fn date(seconds: u64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let ((year, month, day), rest) = civil(seconds);
    let name = MONTHS[usize::try_from(month - 1).unwrap()];
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("Xxx, {day:02} {name} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

/// Year, month and day, and the seconds of the day; the civil calendar by the algorithm of Howard
/// Hinnant.
pub fn civil(seconds: u64) -> ((u64, u64, u64), u64) {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) =
        if month < 10 { (year + era * 400, month + 3) } else { (year + era * 400 + 1, month - 9) };
    ((year, month, day), rest)
}
