//! When a download asks for how much: slow sinks, bad lines, outages, signatures that expire.

use super::*;

/// Counts what the store sends, beside what the sink has of it, and can make signatures expire.
struct Watched {
    store: Rc<FakeStore>,
    sent: Cell<usize>,
    /// Of its signatures only those count.
    generation: Cell<u32>,
    signed: Cell<usize>,
}

impl Watched {
    fn new(fake: &FakeDevice) -> (Rc<Self>, TransferWorld) {
        let (sent, generation, signed) = <(Cell<usize>, Cell<u32>, Cell<usize>)>::default();
        let watched = Rc::new(Self { store: Rc::clone(&fake.store), sent, generation, signed });
        let world = TransferWorld { http: watched.clone(), ..fake.world.clone() };
        (watched, world)
    }
}

#[async_trait(?Send)]
impl Http for Watched {
    async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
        let (generation, url) = request.url.split_once(' ').unwrap();
        if generation != self.generation.get().to_string() {
            return Ok(Response { status: 403, headers: Vec::new(), body: Vec::new() });
        }
        let request = Request { url: url.to_owned(), ..request };
        let response = self.store.send(request, sent).await?;
        self.sent.set(self.sent.get() + response.body.len());
        Ok(response)
    }
}

#[async_trait(?Send)]
impl Signer for Watched {
    async fn presign(
        &self,
        operations: Vec<OperationText>,
    ) -> Result<Vec<Presigned>, TransferError> {
        self.signed.set(self.signed.get() + 1);
        let mut signed = self.store.presign(operations).await?;
        for presigned in &mut signed {
            presigned.url = format!("{} {}", self.generation.get(), presigned.url);
        }
        Ok(signed)
    }
}

/// Takes its time for every write, and looks how much was fetched meanwhile.
struct Slow<'a> {
    watched: &'a Watched,
    written: usize,
    most: usize,
}

#[async_trait(?Send)]
impl Sink for Slow<'_> {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        self.most = self.most.max(self.watched.sent.get() - self.written);
        self.written += bytes.len();
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        Ok(())
    }
}

#[test]
fn a_slow_sink_stops_the_fetching() {
    let stored = Stored::new(LARGER);
    let (watched, world) = Watched::new(&stored.fake);
    let mut sink = Slow { watched: &watched, written: 0, most: 0 };
    run(download(&world, &stored.job, &mut sink, &*watched, &TransferControl::new(|_| {})))
        .unwrap();
    assert_eq!(sink.written, stored.content.len());
    assert!(sink.most <= IN_HAND, "{} bytes in hand", sink.most);
    assert!(
        sink.most > 8 * SLOT,
        "several pieces at a time, or the bound proves nothing: {}",
        sink.most
    );
}

#[test]
fn an_outage_of_any_length_is_waited_for_and_nothing_is_fetched_twice() {
    let stored = Stored::new(LARGER);
    let store = Rc::clone(&stored.fake.store);
    let (watched, world) = Watched::new(&stored.fake);
    let (told, fails) = (Rc::<RefCell<Vec<Progress>>>::default(), Cell::new(true));
    let tells = Rc::clone(&told);
    let control = TransferControl::new(move |progress| {
        tells.borrow_mut().push(progress);
        if matches!(progress, Progress::Done(done) if done > 6_000_000) && fails.take() {
            (0..500).for_each(|_| store.fail("get-object", Fault::Lost));
        }
    });
    let mut sink = MemorySink::default();
    let result = run(download(&world, &stored.job, &mut sink, &*watched, &control));
    stored.is_whole(result, &sink, "after an outage");
    let told = told.borrow();
    let waiting = Progress::Waiting(TransferError::StoreDown);
    assert!(told.iter().filter(|told| **told == waiting).count() > 10);
    assert_eq!(told.last(), Some(&Progress::Done(LARGER)), "the last word is that it went on");
    assert_eq!(watched.sent.get(), stored.object().len(), "what had come was not asked for again");
    assert!(
        stored.fake.clock.0.get() > 60_000,
        "it did not hammer: {} ms",
        stored.fake.clock.0.get()
    );
}

#[test]
fn a_line_that_breaks_early_is_asked_for_less() {
    /// Never gets further than this.
    const BREAKS: usize = 300_000;
    struct Breaking(Rc<FakeStore>);
    #[async_trait(?Send)]
    impl Http for Breaking {
        async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
            let response = self.0.send(request, sent).await?;
            if response.body.len() > BREAKS { Err(HttpError::NoAnswer) } else { Ok(response) }
        }
    }
    for stored in [Stored::new(SMALL), Stored::new(LARGE)] {
        let http = Rc::new(Breaking(Rc::clone(&stored.fake.store)));
        let world = TransferWorld { http, ..stored.fake.world.clone() };
        let mut sink = MemorySink::default();
        let control = TransferControl::new(|_| {});
        let result = run(download(&world, &stored.job, &mut sink, &*stored.fake.store, &control));
        stored.is_whole(result, &sink, "through a line that breaks");
    }
}

#[test]
fn after_a_long_sleep_all_urls_are_dead_and_signed_anew() {
    let stored = Stored::new(LARGER);
    let (watched, world) = Watched::new(&stored.fake);
    let (wakes, clock, slept) =
        (Rc::clone(&watched), Rc::clone(&stored.fake.clock), Cell::new(false));
    let control = TransferControl::new(move |progress| {
        if matches!(progress, Progress::Done(done) if done > 6_000_000) && !slept.replace(true) {
            clock.0.set(clock.0.get() + 8 * 3_600_000);
            wakes.generation.set(1);
        }
    });
    let mut sink = MemorySink::default();
    let result = run(download(&world, &stored.job, &mut sink, &*watched, &control));
    stored.is_whole(result, &sink, "after 8 hours");
    assert!(
        (2..=7).contains(&watched.signed.get()),
        "at most once for each request: {}",
        watched.signed.get()
    );
}

#[test]
fn an_endpoint_that_is_down_is_waited_for_too() {
    let stored = Stored::new(LARGE);
    stored.fake.store.endpoint_down.set(true);
    let (store, told) = (Rc::clone(&stored.fake.store), Rc::<RefCell<Vec<Progress>>>::default());
    let tells = Rc::clone(&told);
    let control = TransferControl::new(move |progress| {
        tells.borrow_mut().push(progress);
        store.endpoint_down.set(tells.borrow().len() < 5);
    });
    let (result, sink) = stored.fetch_on(&control);
    stored.is_whole(result, &sink, "after the endpoint came back");
    assert_eq!(told.borrow()[..5], [Progress::Waiting(TransferError::EndpointDown); 5]);
}

#[test]
fn a_store_that_asks_to_slow_down_sees_fewer_requests() {
    let stored = Stored::new(LARGER);
    let (result, sink) = stored.fetch();
    stored.is_whole(result, &sink, "at full pace");
    assert_eq!(stored.fake.store.most.replace(0), 6);
    (0..3).for_each(|_| stored.fake.store.fail("get-object", Fault::Status(503, "SlowDown")));
    let (result, sink) = stored.fetch();
    stored.is_whole(result, &sink, "slowed down");
    assert!(stored.fake.store.most.get() <= 4, "{}", stored.fake.store.most.get());
}

#[test]
fn held_it_asks_for_nothing_more_and_goes_on_when_let() {
    let stored = Stored::new(LARGER);
    let (told, holds) = (Rc::new(Cell::new(0)), Rc::<OnceCell<Rc<TransferControl>>>::default());
    let (tells, held) = (Rc::clone(&told), Rc::clone(&holds));
    // Held while the first piece is written.
    let control = Rc::new(TransferControl::new(move |_| {
        tells.set(tells.get() + 1);
        if tells.get() == 3 {
            held.get().unwrap().hold(true);
        }
    }));
    assert!(holds.set(Rc::clone(&control)).is_ok());
    let mut sink = MemorySink::default();
    run(async {
        let transfer =
            download(&stored.fake.world, &stored.job, &mut sink, &*stored.fake.store, &control);
        let owner = async {
            while !control.held() {
                tokio::task::yield_now().await;
            }
            for _ in 0..500 {
                tokio::task::yield_now().await;
            }
            let (seen, written) = (stored.fake.store.count("get-object"), told.get());
            assert!(seen <= 1 + 2 * 6, "the table, and what was under way: {seen} requests");
            for _ in 0..2_000 {
                tokio::task::yield_now().await;
            }
            assert_eq!((stored.fake.store.count("get-object"), told.get()), (seen, written));
            control.hold(false);
        };
        futures_util::future::join(transfer, owner).await.0.unwrap();
    });
    stored.is_whole(Ok(()), &sink, "held and let go");
    assert!(stored.fake.store.count("get-object") > 13, "there was something to hold back");
}

#[test]
fn one_signature_serves_a_whole_download() {
    let stored = Stored::new(LARGE);
    stored.fetch().0.unwrap();
    assert_eq!(stored.fake.store.signed.replace(0), 1);
    // Refused once, which may be its age: one more.
    stored.fake.store.fail("get-object", Fault::Status(403, "AccessDenied"));
    stored.fetch().0.unwrap();
    assert_eq!(stored.fake.store.signed.get(), 2);
}

/// Has the first chunks of the content.
struct Resumed {
    kept: u64,
    rest: MemorySink,
}

#[async_trait(?Send)]
impl Sink for Resumed {
    async fn kept(&mut self) -> Result<u64, Unwritable> {
        Ok(self.kept)
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        self.rest.write(bytes).await
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        self.rest.finish().await
    }
}

#[test]
fn what_the_sink_has_is_not_fetched_but_the_seal_is_verified() {
    let stored = Stored::new(LARGE);
    let layout = frond::object::Layout::new(LARGE, 512).unwrap();
    for kept in [1, 8, layout.chunks() - 1, layout.chunks(), layout.chunks() + 1] {
        let (watched, world) = Watched::new(&stored.fake);
        let mut sink = Resumed { kept, rest: MemorySink::default() };
        let (told, control) = listened();
        let fetched = run(download(&world, &stored.job, &mut sink, &*watched, &control));
        assert_eq!(fetched, Ok(()), "{kept} chunks");
        let from = usize::try_from(layout.content(kept).start).unwrap();
        assert!(sink.rest.finished && sink.rest.bytes == stored.content[from..], "{kept} chunks");
        let rest = layout.stored() - layout.slot(kept).start + layout.header();
        assert_eq!(u64::try_from(watched.sent.get()).unwrap(), rest, "{kept} chunks");
        assert_eq!(told.borrow().last(), Some(&Progress::Done(LARGE)), "{kept} chunks");
    }
    let sealed_otherwise = DownloadJob { seals: vec![Seal([1; 32])], ..Stored::new(LARGE).job };
    let mut sink = Resumed { kept: layout.chunks(), rest: MemorySink::default() };
    let fake = &stored.fake;
    let control = TransferControl::new(|_| {});
    let changed = run(download(&fake.world, &sealed_otherwise, &mut sink, &*fake.store, &control));
    assert_eq!((changed, sink.rest.finished), (Err(TransferError::Changed), false));
}
