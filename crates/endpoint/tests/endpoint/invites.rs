//! Invite codes: made by a command, good once on whichever instance and store, taken back at once.

use axum::Router;
use frond_endpoint::App;
use frond_endpoint::invite::{self, State, list, revoke};
use frond_wire::{InviteHash, Key, LoginId, Registration};
use serde_json::json;

use crate::support::{Answer, Person, World};

async fn with_invite(code: &str, conditional: bool) -> World {
    World::with(|config| {
        config.accounts.registration = Registration::Invite;
        config.accounts.invites.insert(InviteHash::of(code));
        config.store.conditional = conditional;
        config.limits.requests_per_second = 1_000.try_into().unwrap();
    })
    .await
}

/// Until the store answers: on a busy machine it may take too long.
async fn ask(world: &World, app: &Router, person: &Person, code: &str) -> Answer {
    let mut body = person.new_login();
    body.invite = Some(code.to_owned());
    loop {
        let answer = person.call(world, app, "POST", "/v1/accounts", &json!(body)).await;
        if answer.status != 503 {
            return answer;
        }
    }
}

fn login(person: &Person) -> LoginId {
    person.login()
}

async fn state(app: &App, code: &str) -> Option<State> {
    list(app).await.unwrap().remove(&InviteHash::of(code))
}

#[test]
fn codes_are_long_and_never_the_same() {
    let (one, two) = (invite::code().unwrap(), invite::code().unwrap());
    assert_ne!(one, two);
    assert!(one.len() == 29 && one.split('-').all(|group| group.len() == 4), "{one}");
}

#[tokio::test]
async fn of_many_who_use_one_invite_at_once_at_most_one_gets_in() {
    for conditional in [true, false] {
        for _ in 0..3 {
            let code = invite::code().unwrap();
            let world = with_invite(&code, conditional).await;
            let apps = [world.app(), world.app()];
            let people: Vec<Person> = (0..6).map(|_| Person::new()).collect();
            let asked = people
                .iter()
                .enumerate()
                .map(|(i, person)| ask(&world, &apps[i % 2], person, &code));
            let answers = futures_util::future::join_all(asked).await;
            let inside = answers.iter().filter(|answer| answer.status == 201).count();
            assert!(inside <= 1, "{inside}, conditional: {conditional}");
            for refused in answers.iter().filter(|answer| answer.status != 201) {
                assert_eq!(refused.problem(), (403, "invite"));
            }
            // Where all stepped back, the code is still good.
            let mut late = 0;
            for person in &people {
                late += usize::from(ask(&world, &apps[0], person, &code).await.status == 201);
            }
            assert_eq!(late, 1, "the one who got in, or the first who asks again");
        }
    }
}

#[tokio::test]
async fn what_became_of_an_invite_is_listed() {
    let world = with_invite("spring-7", true).await;
    let instance = world.instance();
    assert_eq!(state(&instance, "spring-7").await, Some(State::Unused));
    let person = Person::new();
    assert_eq!(ask(&world, &instance.router(), &person, "spring-7").await.status, 201);
    assert_eq!(state(&instance, "spring-7").await, Some(State::Used(login(&person))));
    // Used stays used.
    assert_eq!(
        revoke(&instance, &InviteHash::of("spring-7")).await.unwrap(),
        State::Used(login(&person))
    );
    assert_eq!(state(&instance, "spring-7").await, Some(State::Used(login(&person))));
    assert_eq!(
        ask(&world, &instance.router(), &person, "spring-7").await.status,
        201,
        "it has its account"
    );
}

#[tokio::test]
async fn a_revoked_invite_is_refused_at_once_by_every_instance() {
    let world = with_invite("spring-7", true).await;
    let (instance, other) = (world.instance(), world.app());
    assert_eq!(revoke(&instance, &InviteHash::of("spring-7")).await.unwrap(), State::Revoked);
    assert_eq!(state(&instance, "spring-7").await, Some(State::Revoked));
    for app in [instance.router(), other] {
        assert_eq!(ask(&world, &app, &Person::new(), "spring-7").await.problem(), (403, "invite"));
    }
}

#[tokio::test]
async fn an_invite_that_was_used_before_claims_had_names_stays_used() {
    let world = with_invite("spring-7", true).await;
    let instance = world.instance();
    // `invites/<hash>`, an object itself.
    let old = Key::claims(&InviteHash::of("spring-7"));
    assert!(instance.store.put_new(&old, "{\"login\":\"x\"}".into()).await.unwrap().is_none());
    assert_eq!(
        ask(&world, &instance.router(), &Person::new(), "spring-7").await.problem(),
        (403, "invite")
    );
    assert_ne!(state(&instance, "spring-7").await, Some(State::Unused));
}
