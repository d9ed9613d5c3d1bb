//! Passkeys, by WebAuthn Level 3 (<https://www.w3.org/TR/webauthn-3/>) and its extension `prf`.
//! Options and results are read and written by name: web-sys does not have them.

use async_trait::async_trait;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, DomException};

use crate::port::{PasskeyFault, Passkeys};
use crate::secret::Root;

/// Signature algorithms of a new passkey (COSE), the preferred one first: EdDSA, ES256, RS256.
/// Nothing is ever verified with it.
const ALGORITHMS: [i32; 3] = [-8, -7, -257];

/// Whether this browser has passkeys, and does not say that they compute no keys.
pub async fn are_there() -> bool {
    let Ok(class) = get(&js_sys::global(), "PublicKeyCredential") else { return false };
    if !class.is_function() {
        return false;
    }
    match call(&class, "getClientCapabilities", &JsValue::UNDEFINED).await {
        Ok(capabilities) => get(&capabilities, "extension:prf") != Ok(JsValue::FALSE),
        // Browsers older than this question may have both.
        Err(_) => true,
    }
}

/// Passkeys of this page's host.
pub struct BrowserPasskeys;

/// Ends what the browser asks the user, once nobody waits for it any more.
struct Asking(AbortController);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[async_trait(?Send)]
impl Passkeys for BrowserPasskeys {
    async fn create(
        &self,
        name: &str,
        handle: [u8; 16],
        salt: [u8; 32],
    ) -> Result<Root, PasskeyFault> {
        let made = created(name, &handle, &salt).await.map_err(|error| fault(&error))?;
        let prf = prf_of(&made).map_err(|error| fault(&error))?;
        if let Some(root) = root(&prf) {
            return Ok(root);
        }
        if get(&prf, "enabled") != Ok(JsValue::TRUE) {
            return Err(PasskeyFault::NoPrf);
        }
        // Many authenticators compute only for a passkey that exists.
        let id = get(&made, "rawId").map_err(|error| fault(&error))?;
        of_one(&salt, Some(id)).await
    }

    async fn get(&self, salt: [u8; 32]) -> Result<Root, PasskeyFault> {
        of_one(&salt, None).await
    }
}

async fn created(name: &str, handle: &[u8], salt: &[u8]) -> Result<JsValue, JsValue> {
    let of = |algorithm: &i32| {
        object(&[("type", "public-key".into()), ("alg", JsValue::from(*algorithm))])
    };
    let algorithms = ALGORITHMS.iter().map(of).collect::<Result<Array, _>>()?;
    let user = object(&[
        ("id", Uint8Array::from(handle).into()),
        ("name", name.into()),
        ("displayName", name.into()),
    ])?;
    let selection = object(&[
        ("residentKey", "required".into()),
        ("requireResidentKey", true.into()),
        ("userVerification", "required".into()),
    ])?;
    ask(
        "create",
        &[
            // The page's host, if it is not named.
            ("rp", object(&[("name", "Frond".into())])?),
            ("user", user),
            ("pubKeyCredParams", algorithms.into()),
            ("authenticatorSelection", selection),
            ("extensions", extensions(salt)?),
        ],
    )
    .await
}

/// The root of the passkey with this id, or of one that the user chooses.
async fn of_one(salt: &[u8], id: Option<JsValue>) -> Result<Root, PasskeyFault> {
    let given = async {
        let credentials = Array::new();
        if let Some(id) = id {
            credentials.push(&object(&[("type", "public-key".into()), ("id", id)])?);
        }
        let options = [
            ("allowCredentials", credentials.into()),
            ("userVerification", "required".into()),
            ("extensions", extensions(salt)?),
        ];
        prf_of(&ask("get", &options).await?)
    };
    let prf = given.await.map_err(|error| fault(&error))?;
    root(&prf).ok_or(PasskeyFault::NoPrf)
}

/// `navigator.credentials.create` or `.get`.
async fn ask(method: &str, options: &[(&str, JsValue)]) -> Result<JsValue, JsValue> {
    let asking = Asking(AbortController::new()?);
    let public_key = object(options)?;
    // Nobody verifies a signature: the root is what shows that the passkey is there.
    Reflect::set(&public_key, &"challenge".into(), &Uint8Array::new_with_length(32))?;
    let options = object(&[("publicKey", public_key), ("signal", asking.0.signal().into())])?;
    let credentials = get(&get(&js_sys::global(), "navigator")?, "credentials")?;
    call(&credentials, method, &options).await
}

fn extensions(salt: &[u8]) -> Result<JsValue, JsValue> {
    let eval = object(&[("first", Uint8Array::from(salt).into())])?;
    object(&[("prf", object(&[("eval", eval)])?)])
}

/// What the extension says of a passkey; `undefined` without it.
fn prf_of(credential: &JsValue) -> Result<JsValue, JsValue> {
    let results: Function = get(credential, "getClientExtensionResults")?.dyn_into()?;
    get(&results.call0(credential)?, "prf")
}

/// The root, if the extension computed one.
fn root(prf: &JsValue) -> Option<Root> {
    let results = get(prf, "results").ok()?;
    let first = Uint8Array::new(&get(&results, "first").ok()?);
    let root = Root::filled(|root| {
        if first.length() != 32 {
            return Err(());
        }
        first.copy_to(root);
        Ok(())
    });
    first.fill(0, 0, first.length());
    root.ok()
}

fn fault(error: &JsValue) -> PasskeyFault {
    let name = error.dyn_ref::<DomException>().map(DomException::name);
    match name.as_deref() {
        Some("NotAllowedError" | "AbortError") => PasskeyFault::Dismissed,
        _ => PasskeyFault::Failed,
    }
}

fn object(members: &[(&str, JsValue)]) -> Result<JsValue, JsValue> {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &JsValue::from_str(name), value)?;
    }
    Ok(object.into())
}

fn get(of: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(of, &JsValue::from_str(name))
}

/// Calls a method by name and awaits its promise.
async fn call(of: &JsValue, method: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
    let method: Function = get(of, method)?.dyn_into()?;
    JsFuture::from(method.call1(of, argument)?.dyn_into::<Promise>()?).await
}
