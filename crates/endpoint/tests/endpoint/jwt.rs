//! JWTs that are refused: forged, expired, for another request; by the parser and by the endpoint.

use axum::body::Body;
use axum::http::header;
use data_encoding::BASE64URL_NOPAD;
use frond_config::Origin;
use frond_endpoint::auth::jwt::{self, MAX_TOKEN};
use frond_endpoint::error::Refusal;
use frond_wire::LoginId;
use serde_json::{Value, json};

use crate::support::{HEADER, ORIGIN, Person, World, now, request, send};

const BODY: &[u8] = b"{}";
const TARGET: &str = "/v1/presign?a=b%20c";

fn verify(token: &str) -> Result<LoginId, Refusal> {
    verify_at(token, now())
}

fn verify_at(token: &str, now: u64) -> Result<LoginId, Refusal> {
    let origins = [Origin::parse("https://other.example").unwrap(), Origin::parse(ORIGIN).unwrap()];
    let request = jwt::Request {
        deployment: "garden",
        origins: &origins,
        method: "POST",
        target: TARGET,
        body: Some(BODY),
        now,
    };
    jwt::verify(token, &request).map(|signer| signer.login)
}

fn with(person: &Person, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = person.claims("garden", "POST", TARGET, BODY);
    change(&mut claims);
    person.token(HEADER, &claims.to_string())
}

#[test]
fn the_right_token_is_accepted() {
    let person = Person::new();
    assert_eq!(verify(&with(&person, |_| {})), Ok(person.login()));
    assert_eq!(
        verify(&with(&person, |claims| claims["iat"] = json!(now() + 5))),
        Ok(person.login())
    );
}

#[test]
fn other_jwt_algorithms_and_members_are_refused() {
    let person = Person::new();
    let claims = person.claims("garden", "POST", TARGET, BODY).to_string();
    for header in [
        r#"{"alg":"none","typ":"frond+jwt"}"#,
        r#"{"alg":"HS256","typ":"frond+jwt"}"#,
        r#"{"alg":"EdDSA","typ":"frond+jwt"}"#,
        r#"{"alg":"eddsa","typ":"frond+jwt"}"#,
        r#"{"alg":"ed25519","typ":"frond+jwt"}"#,
        r#"{"typ":"frond+jwt"}"#,
        r#"{"alg":"Ed25519"}"#,
        r#"{"alg":"Ed25519","typ":"JWT"}"#,
        r#"{"alg":"Ed25519","typ":"frond+jwt","crit":["exp"]}"#,
        r#"{"alg":"Ed25519","typ":"frond+jwt","jwk":{"kty":"OKP"}}"#,
        r#"{"alg":"none","alg":"Ed25519","typ":"frond+jwt"}"#,
        r#"{"alg":"Ed25519","typ":"frond+jwt"} x"#,
        r#"["Ed25519","frond+jwt"]"#,
        "",
    ] {
        assert_eq!(verify(&person.token(header, &claims)), Err(Refusal::Token), "{header}");
    }
    // Doubled, unknown, missing.
    let open = claims.strip_suffix('}').unwrap();
    for claims in [format!(r#"{open},"aud":"garden"}}"#), format!(r#"{open},"sub":"x"}}"#)] {
        assert_eq!(verify(&person.token(HEADER, &claims)), Err(Refusal::Token), "{claims}");
    }
    for name in ["iss", "pub", "aud", "iat", "exp", "htm", "htu", "bh"] {
        let token = with(&person, |claims| drop(claims.as_object_mut().unwrap().remove(name)));
        assert_eq!(verify(&token), Err(Refusal::Token), "{name}");
    }
    // HS256 with the public key as its secret is only another wrong signature; another's key is
    // another login.
    let other = Person::new();
    for (name, value) in [("pub", other.public_key()), ("iss", other.login().to_string())] {
        assert_eq!(
            verify(&with(&person, |claims| claims[name] = json!(value))),
            Err(Refusal::Token)
        );
    }
    let token = with(&person, |claims| {
        claims["pub"] = json!(other.public_key());
        claims["iss"] = json!(other.login());
    });
    assert_eq!(verify(&token), Err(Refusal::Token));
}

#[test]
fn jwt_times_are_checked_without_overflow() {
    let person = Person::new();
    let at = |iat: Value, exp: Value| {
        verify(&with(&person, |claims| {
            claims["iat"] = iat;
            claims["exp"] = exp;
        }))
    };
    let t = now();
    assert_eq!(at(json!(t - 60), json!(t)), Err(Refusal::Clock), "past");
    assert_eq!(at(json!(t + 62), json!(t + 100)), Err(Refusal::Clock), "future");
    assert_eq!(at(json!(t), json!(t + 61)), Err(Refusal::Token), "too long");
    assert_eq!(at(json!(t), json!(t)), Err(Refusal::Token), "no life");
    assert_eq!(at(json!(t), json!(t - 1)), Err(Refusal::Token), "backwards");
    for odd in [
        json!(-1),
        json!(1.5),
        json!(f64::from(u32::try_from(t).unwrap())),
        json!("1"),
        json!(null),
        json!(true),
        json!([t]),
    ] {
        assert_eq!(at(odd.clone(), json!(t + 60)), Err(Refusal::Token), "iat {odd}");
        assert_eq!(at(json!(t), odd.clone()), Err(Refusal::Token), "exp {odd}");
    }
    for far in [1_u64 << 53, u64::MAX] {
        assert_eq!(at(json!(t), json!(far)), Err(Refusal::Token), "exp {far}");
        assert!(at(json!(far), json!(far)).is_err());
        assert_eq!(at(json!(far - 1), json!(far)), Err(Refusal::Clock), "both {far}");
    }
    assert_eq!(at(json!(0), json!(60)), Err(Refusal::Clock), "1970");
}

/// Whoever sees a token can use it until its end: 60 s, and the few by which the caller's clock may
/// run ahead.
#[test]
fn no_token_is_accepted_for_longer_than_65_seconds() {
    let person = Person::new();
    let t = now();
    let at = |iat: u64, exp: u64, now: u64| {
        let token = with(&person, |claims| {
            claims["iat"] = json!(iat);
            claims["exp"] = json!(exp);
        });
        verify_at(&token, now).is_ok()
    };
    for ahead in 0..=120 {
        let accepted = (0..=300).filter(|now| at(t + 60 + ahead, t + 120 + ahead, t + now)).count();
        assert!(accepted <= 65, "a token is good for {accepted} s");
    }
    assert!(at(t + 5, t + 65, t), "a clock that is 5 s ahead");
    assert!(!at(t + 6, t + 66, t), "a clock that is 6 s ahead");
    assert!(at(t - 59, t + 1, t), "a clock that is 59 s behind");
    assert!(!at(t - 60, t, t), "a clock that is a minute behind");
}

#[test]
fn a_jwt_is_for_one_request() {
    let person = Person::new();
    for (name, value) in [
        ("aud", json!("garden2")),
        ("aud", json!("")),
        ("htm", json!("GET")),
        ("htm", json!("post")),
        ("htu", json!(format!("{ORIGIN}/v1/presign"))),
        ("htu", json!(format!("{ORIGIN}/v1/presign?a=b c"))),
        ("htu", json!(format!("{ORIGIN}//v1/presign?a=b%20c"))),
        ("htu", json!(format!("https://evil.example{TARGET}"))),
        ("htu", json!(format!("{ORIGIN}.evil.example{TARGET}"))),
        ("htu", json!(TARGET)),
        ("bh", json!(BASE64URL_NOPAD.encode(&[0; 32]))),
        ("bh", json!("")),
        ("bh", json!("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")),
    ] {
        assert_eq!(
            verify(&with(&person, |claims| claims[name] = value.clone())),
            Err(Refusal::Token),
            "{name} {value}"
        );
    }
}

#[test]
fn a_jwt_has_one_spelling() {
    let person = Person::new();
    let token = with(&person, |_| {});
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("three parts") };
    for bad in [
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}=.{signature}"),
        format!("{header}.{claims}.{signature}=="),
        format!("{header}.{claims}.{signature}."),
        format!("{header}.{claims}.{signature}.{signature}"),
        format!(".{header}.{claims}.{signature}"),
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{header} .{claims}.{signature}"),
        format!("{header}.{claims}.{}", signature.split_at(signature.len() - 1).0),
        format!("{header}.{claims}.{}", signature.replace(['-', '_'], "+")),
        "..".to_owned(),
        String::new(),
        "A".repeat(1 << 20),
        format!("{header}.{}.{signature}", "A".repeat(MAX_TOKEN)),
    ] {
        // A signature without '-' or '_' is the same after the replacement.
        assert!(
            bad == token || verify(&bad) == Err(Refusal::Token),
            "{}",
            bad.split_at(bad.len().min(200)).0
        );
    }
    // Every bit of the signature, and the spare bits of its last character.
    let bytes = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let bad = format!("{header}.{claims}.{}", BASE64URL_NOPAD.encode(&flipped));
        assert_eq!(verify(&bad), Err(Refusal::Token), "bit {bit}");
    }
}

#[test]
fn every_flipped_bit_and_every_cut_is_refused() {
    let token = with(&Person::new(), |_| {});
    for bit in 0..token.len() * 8 {
        let mut bytes = token.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        // What is no text never comes through the header.
        if let Ok(flipped) = String::from_utf8(bytes) {
            assert_eq!(verify(&flipped), Err(Refusal::Token), "bit {bit}");
        }
    }
    for length in 0..token.len() {
        assert_eq!(verify(token.split_at(length).0), Err(Refusal::Token), "length {length}");
    }
}

/// RFC 8032 §5.1.7: points of small order, a second encoding of a point, S ≥ L.
#[test]
fn weak_keys_are_refused() {
    let small: [[u8; 32]; 4] = [
        [0; 32],
        *b"\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        *b"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
           \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
        *b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\
           \x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
    ];
    for key in small {
        assert!(jwt::public_key(&BASE64URL_NOPAD.encode(&key)).is_err(), "{key:02x?}");
    }
    // y = p + 3 is y = 3 spelt otherwise.
    let mut second = [0xff; 32];
    (second[0], second[31]) = (0xf0, 0x7f);
    assert!(jwt::public_key(&BASE64URL_NOPAD.encode(&second)).is_err());
    let key = Person::new().public_key();
    assert!(jwt::public_key(&key).is_ok());
    assert!(jwt::public_key(&format!("{key}=")).is_err());
}

#[tokio::test]
async fn a_bad_token_is_401_and_nothing_is_signed() {
    let world = World::new().await;
    let app = world.app();
    let person = Person::new();
    person.create(&world, &app).await;
    let batch = br#"{"operations":[{"op":"list-uploads"}]}"#;
    let good = person.request(&world, "POST", "/v1/presign", batch);
    let token = good.headers()[header::AUTHORIZATION].to_str().unwrap().to_owned();
    let ask = |target: &str, authorization: Option<&str>, body: &[u8]| {
        let mut request = request("POST", target).header(header::CONTENT_TYPE, "application/json");
        if let Some(value) = authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        send(&app, request.body(Body::from(body.to_vec())).unwrap())
    };
    assert_eq!(ask("/v1/presign", Some(&token), batch).await.status, 200);
    assert_eq!(ask("/v1/presign", None, batch).await.problem(), (401, "token"));
    assert_eq!(
        ask("/v1/presign", Some(&token.replace("Bearer", "bearer")), batch).await.problem(),
        (401, "token")
    );
    assert_eq!(
        ask("/v1/presign", Some(&token.replace("Bearer", "Basic")), batch).await.problem(),
        (401, "token")
    );
    // The same token on another body, path or query.
    assert_eq!(
        ask("/v1/presign", Some(&token), br#"{"operations":[]}"#).await.problem(),
        (401, "token")
    );
    assert_eq!(ask("/v1/logins", Some(&token), batch).await.problem(), (401, "token"));
    assert_eq!(ask("/v1/presign?x", Some(&token), batch).await.problem(), (401, "token"));
    world.pass(121);
    assert_eq!(ask("/v1/presign", Some(&token), batch).await.problem(), (401, "clock"));
}
