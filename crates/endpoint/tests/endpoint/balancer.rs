//! Two processes behind a balancer that knows nothing of them: one is killed under load, and nobody
//! loses anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::{StatusCode, header};
use frond_wire::{Name, Operation, PresignRequest, PresignResponse, Presigned};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use crate::process::configured;
use crate::support::{ORIGIN, Person, World, go, object_id};

/// Hands each connection to the next instance that takes it. What it carries it does not look at.
async fn balancer(instances: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for turn in 0.. {
            let (mut client, _) = listener.accept().await.unwrap();
            let instances = instances.clone();
            tokio::spawn(async move {
                for i in 0..instances.len() {
                    let next = &instances[(turn + i) % instances.len()];
                    if let Ok(mut instance) = TcpStream::connect(next).await {
                        let _ = tokio::io::copy_bidirectional(&mut client, &mut instance).await;
                        return;
                    }
                }
            });
        }
    });
    address.to_string()
}

/// Asks as a tab does: anew when there is no answer, signed anew each time.
async fn ask(world: &World, person: &Person, balancer: &str, target: &str, body: &[u8]) -> String {
    for _ in 0..20 {
        // A connection of its own: the balancer chooses for each.
        let client =
            reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        let signed = person.request(world, "POST", target, body);
        let mut request = client.post(format!("http://{balancer}{target}")).body(body.to_vec());
        request = request.header(header::HOST, ORIGIN.strip_prefix("http://").unwrap());
        for name in [header::AUTHORIZATION, header::CONTENT_TYPE] {
            request = request.header(name.clone(), signed.headers()[name].clone());
        }
        if let Ok(response) = request.send().await {
            assert!([200, 201].contains(&response.status().as_u16()), "{}", response.status());
            if let Ok(text) = response.text().await {
                return text;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody answers");
}

async fn presign(
    world: &World,
    person: &Person,
    balancer: &str,
    operation: Operation,
) -> Presigned {
    let batch = json!(PresignRequest { operations: vec![operation] }).to_string();
    let text = ask(world, person, balancer, "/v1/presign", batch.as_bytes()).await;
    let response: PresignResponse = serde_json::from_str(&text).unwrap();
    response.urls.into_iter().next().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_processes_is_killed_under_load_and_nothing_is_lost() {
    const TABS: usize = 6;
    const FILES: usize = 20;
    let world = Arc::new(World::new().await);
    world.write_config(
        r#"listen = "127.0.0.1:0""#,
        "requests_per_second = 10000\nquota_bytes = 1_000_000",
    );
    let (mut first, one) = configured(world.folder.path());
    let (_second, two) = configured(world.folder.path());
    let balancer = balancer(vec![one, two]).await;

    let acknowledged = Arc::new(AtomicUsize::new(0));
    let tabs: Vec<_> = (0..TABS)
        .map(|_| {
            let (world, balancer, acknowledged) =
                (world.clone(), balancer.clone(), acknowledged.clone());
            tokio::spawn(async move {
                let person = Person::new();
                let body = json!(person.new_login()).to_string();
                ask(&world, &person, &balancer, "/v1/accounts", body.as_bytes()).await;
                let mut files = Vec::new();
                for _ in 0..FILES {
                    let object = object_id();
                    let put = Operation::put(Name::Object(object), 36);
                    let put = presign(&world, &person, &balancer, put).await;
                    assert_eq!(go(&put, object.to_string()).await.status(), StatusCode::OK);
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                    files.push(object);
                }
                (person, files)
            })
        })
        .collect();

    while acknowledged.load(Ordering::SeqCst) < TABS * FILES / 3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    let before = acknowledged.load(Ordering::SeqCst);
    assert!(before < TABS * FILES, "it was killed under load");

    for tab in tabs {
        let (person, files) = tab.await.unwrap();
        assert_eq!(files.len(), FILES, "requests went on");
        for object in files {
            let get =
                presign(&world, &person, &balancer, Operation::Get(Name::Object(object))).await;
            assert_eq!(go(&get, "").await.text().await.unwrap(), object.to_string());
        }
    }
}
