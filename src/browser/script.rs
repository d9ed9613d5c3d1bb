//! The program's own scripts, as Trusted Types let them pass (<https://w3c.github.io/trusted-types/>).
//!
//! The page's policy demands that what becomes a script's URL was made by the one policy named `frond`, which knows
//! three files and nothing else. A browser without Trusted Types takes the plain URL.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Url, Worker, WorkerOptions, WorkerType};

/// A script that the page may start.
#[derive(Clone, Copy)]
pub(super) enum Script {
    /// One Worker of the pool.
    Worker,
    /// The strength meter.
    Strength,
    /// The service worker.
    Offline,
}

impl Script {
    const ALL: [Self; 3] = [Self::Worker, Self::Strength, Self::Offline];

    fn file(self) -> &'static str {
        match self {
            Self::Worker => "worker.js",
            Self::Strength => "strength-worker.js",
            Self::Offline => "sw.js",
        }
    }

    fn url(self) -> Result<String, JsValue> {
        let page = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
        Ok(Url::new_with_base(self.file(), &page.url()?)?.href())
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = trustedTypes)]
    static TRUSTED_TYPES: Option<Factory>;

    type Factory;
    #[wasm_bindgen(method, catch, js_name = createPolicy)]
    fn create_policy(this: &Factory, name: &str, rules: &Object) -> Result<Policy, JsValue>;

    #[derive(Clone)]
    type Policy;
    #[wasm_bindgen(method, catch, js_name = createScriptURL)]
    fn create_script_url(this: &Policy, url: &str) -> Result<JsValue, JsValue>;

    // web-sys takes the URL as text, which is just what may not be.
    #[wasm_bindgen(extends = Worker, js_name = Worker)]
    type TrustedWorker;
    #[wasm_bindgen(catch, constructor, js_class = "Worker")]
    fn new(url: &JsValue, options: &WorkerOptions) -> Result<TrustedWorker, JsValue>;
}

thread_local! {
    // A second policy of the same name would be refused.
    static POLICY: Option<Policy> = TRUSTED_TYPES.with(|factory| factory.as_ref().and_then(|factory| policy(factory).ok()));
}

fn policy(factory: &Factory) -> Result<Policy, JsValue> {
    let known = |url: String| -> Result<String, JsValue> {
        let ours = Script::ALL.into_iter().any(|script| script.url().is_ok_and(|known| known == url));
        if ours { Ok(url) } else { Err(JsValue::from_str("not a script of this page")) }
    };
    let known: Closure<dyn Fn(String) -> Result<String, JsValue>> = Closure::new(known);
    let rules = Object::new();
    Reflect::set(&rules, &"createScriptURL".into(), &known.into_js_value())?;
    factory.create_policy("frond", &rules)
}

/// The script's URL, in the form that this browser takes.
pub(super) fn trusted(script: Script) -> Result<JsValue, JsValue> {
    let url = script.url()?;
    match POLICY.with(Clone::clone) {
        Some(policy) => policy.create_script_url(&url),
        None => Ok(url.into()),
    }
}

/// Starts a dedicated Worker from a module script.
pub(super) fn spawn(script: Script) -> Result<Worker, JsValue> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    Ok(TrustedWorker::new(&trusted(script)?, &options)?.unchecked_into())
}
