//! Who reads whom, and who belongs to whom.
//!
//! When a value changes, its readers become *dirty*, and theirs, through memos, *doubtful*. A
//! doubtful node asks what it read to be clean first, and runs only if one of those turned out to
//! be another value. So each runs once at most, after everything that it needs.
//!
//! Nodes are kept in slots and named by slot and generation: a name outlives its node, and then
//! names nothing. No code but this file's runs while the graph is borrowed.

use std::any::Any;
use std::cell::RefCell;
use std::mem;
use std::rc::Rc;

/// Names a node, for ever.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Id {
    slot: usize,
    generation: u64,
}

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Changes when it is told to.
    Value,
    /// Changes when what it read does, and runs when it is asked.
    Memo,
    /// Runs when what it read has changed.
    Effect,
}

/// What a node knows about what it read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Colour {
    /// Nothing of it has changed.
    Clean,
    /// Something that it follows from has changed, but perhaps to no effect.
    Doubtful,
    /// It has changed.
    Dirty,
}

/// Runs a node; tells whether it is another value now.
type Act = Box<dyn FnMut() -> bool>;

struct Node {
    kind: Kind,
    colour: Colour,
    value: Rc<dyn Any>,
    act: Option<Rc<RefCell<Act>>>,
    owner: Option<Id>,
    owned: Vec<Id>,
    cleanups: Vec<Box<dyn FnOnce()>>,
    sources: Vec<Id>,
    readers: Vec<Id>,
}

#[derive(Default)]
struct Slot {
    generation: u64,
    node: Option<Node>,
}

#[derive(Default)]
struct Graph {
    slots: Vec<Slot>,
    free: Vec<usize>,
    /// To whom belongs what is made now.
    owner: Option<Id>,
    /// Who reads now.
    reader: Option<Id>,
    /// Effects that have to look.
    due: Vec<Id>,
    /// [`flush`] is on its way.
    called: bool,
    /// What belongs to nobody stays.
    for_ever: Vec<Box<dyn FnOnce()>>,
}

thread_local! {
    static GRAPH: RefCell<Graph> = RefCell::default();
}

fn graph<R>(ask: impl FnOnce(&mut Graph) -> R) -> R {
    GRAPH.with_borrow_mut(ask)
}

impl Graph {
    fn node(&mut self, id: Id) -> Option<&mut Node> {
        let slot = self.slots.get_mut(id.slot).filter(|slot| slot.generation == id.generation)?;
        slot.node.as_mut()
    }

    fn colour(&mut self, id: Id) -> Colour {
        self.node(id).map_or(Colour::Clean, |node| node.colour)
    }

    /// Tells the readers of a node, and theirs.
    fn tell(&mut self, id: Id, colour: Colour) {
        let readers = self.node(id).map(|node| node.readers.clone()).unwrap_or_default();
        for reader in readers {
            let Some(node) = self.node(reader) else { continue };
            let before = node.colour;
            node.colour = before.max(colour);
            match (before, node.kind) {
                (Colour::Clean, Kind::Effect) => self.due.push(reader),
                (Colour::Clean, _) => self.tell(reader, Colour::Doubtful),
                _ => {}
            }
        }
    }

    /// Forgets what a node read.
    fn unlink(&mut self, id: Id, sources: Vec<Id>) {
        for source in sources {
            if let Some(source) = self.node(source) {
                source.readers.retain(|reader| *reader != id);
            }
        }
    }
}

/// A new node, which belongs to what runs now.
pub(super) fn insert(kind: Kind, value: Rc<dyn Any>) -> Id {
    graph(|graph| {
        let slot = graph.free.pop().unwrap_or_else(|| {
            graph.slots.push(Slot::default());
            graph.slots.len() - 1
        });
        let owner = graph.owner;
        let node = Node {
            kind,
            colour: Colour::Clean,
            value,
            act: None,
            owner,
            owned: Vec::new(),
            cleanups: Vec::new(),
            sources: Vec::new(),
            readers: Vec::new(),
        };
        let mut id = Id { slot, generation: 0 };
        if let Some(slot) = graph.slots.get_mut(slot) {
            slot.node = Some(node);
            id.generation = slot.generation;
        }
        if let Some(owner) = owner.and_then(|owner| graph.node(owner)) {
            owner.owned.push(id);
        }
        id
    })
}

/// Gives a node, once it has run for the first time, its value and what runs it again.
pub(super) fn fill(id: Id, value: Rc<dyn Any>, act: Act) {
    graph(|graph| {
        if let Some(node) = graph.node(id) {
            node.value = value;
            node.act = Some(Rc::new(RefCell::new(act)));
        }
    });
}

pub(super) fn value(id: Id) -> Option<Rc<dyn Any>> {
    graph(|graph| graph.node(id).map(|node| Rc::clone(&node.value)))
}

/// What runs now has read that node.
pub(super) fn track(id: Id) {
    graph(|graph| {
        let Some(reader) = graph.reader else { return };
        let Some(node) = graph.node(reader).filter(|node| !node.sources.contains(&id)) else {
            return;
        };
        node.sources.push(id);
        if let Some(source) = graph.node(id) {
            source.readers.push(reader);
        }
    });
}

/// The value of a node is another one.
pub(super) fn changed(id: Id) {
    let call = graph(|graph| {
        graph.tell(id, Colour::Dirty);
        !graph.due.is_empty() && !mem::replace(&mut graph.called, true)
    });
    // Natively, in tests, `flush` is called by hand.
    #[cfg(target_arch = "wasm32")]
    if call {
        wasm_bindgen_futures::spawn_local(async { flush() });
    }
    #[cfg(not(target_arch = "wasm32"))]
    let _ = call;
}

/// Runs what has to run, until all is quiet.
pub fn flush() {
    loop {
        let due = graph(|graph| {
            graph.called = !graph.due.is_empty();
            mem::take(&mut graph.due)
        });
        if due.is_empty() {
            return;
        }
        for id in due {
            // What it belongs to comes first: it may end it.
            let mut line = vec![id];
            while let Some(owner) =
                line.last().and_then(|last| graph(|graph| graph.node(*last)?.owner))
            {
                line.push(owner);
            }
            line.into_iter().rev().for_each(refresh);
        }
    }
}

/// Makes a node clean.
pub(super) fn refresh(id: Id) {
    if graph(|graph| graph.colour(id)) == Colour::Doubtful {
        for source in
            graph(|graph| graph.node(id).map(|node| node.sources.clone()).unwrap_or_default())
        {
            refresh(source);
            if graph(|graph| graph.colour(id)) == Colour::Dirty {
                break;
            }
        }
    }
    let dirty = graph(|graph| {
        let node = graph.node(id)?;
        let act = Some(Rc::clone(node.act.as_ref()?)).filter(|_| node.colour == Colour::Dirty);
        node.colour = Colour::Clean;
        let sources = if act.is_some() { mem::take(&mut node.sources) } else { Vec::new() };
        graph.unlink(id, sources);
        act
    });
    if let Some(act) = dirty {
        empty(id);
        if run(id, || act.borrow_mut()()) {
            graph(|graph| graph.tell(id, Colour::Dirty));
        }
    }
}

/// Runs `act` as that node: it reads what is read, and owns what is made.
pub(super) fn run<R>(id: Id, act: impl FnOnce() -> R) -> R {
    within(Some(id), Some(id), act)
}

/// Runs `act`; what is made belongs to that node, and what is read is nobody's.
pub(super) fn own<R>(id: Id, act: impl FnOnce() -> R) -> R {
    within(Some(id), None, act)
}

/// Runs `act` as if nothing ran: for what the browser calls, perhaps in the middle of something.
pub fn apart<R>(act: impl FnOnce() -> R) -> R {
    within(None, None, act)
}

fn within<R>(owner: Option<Id>, reader: Option<Id>, act: impl FnOnce() -> R) -> R {
    let before = graph(|graph| {
        (mem::replace(&mut graph.owner, owner), mem::replace(&mut graph.reader, reader))
    });
    let made = act();
    graph(|graph| (graph.owner, graph.reader) = before);
    made
}

/// Calls `act` when what runs now runs again, or goes. What belongs to nothing is never called.
pub fn on_cleanup(act: impl FnOnce() + 'static) {
    graph(|graph| {
        let owner = graph.owner;
        match owner.and_then(|owner| graph.node(owner)) {
            Some(owner) => owner.cleanups.push(Box::new(act)),
            None => graph.for_ever.push(Box::new(act)),
        }
    });
}

/// Ends a node, and what belongs to it.
pub(super) fn dispose(id: Id) {
    empty(id);
    let _node = graph(|graph| {
        let slot = graph.slots.get_mut(id.slot).filter(|slot| slot.generation == id.generation)?;
        let node = slot.node.take()?;
        slot.generation += 1;
        graph.free.push(id.slot);
        graph.unlink(id, node.sources.clone());
        if let Some(owner) = node.owner.and_then(|owner| graph.node(owner)) {
            owner.owned.retain(|owned| *owned != id);
        }
        // Dropped outside: it may hold anything.
        Some(node)
    });
}

/// Ends what belongs to a node.
fn empty(id: Id) {
    let (owned, cleanups) = graph(|graph| {
        let node = graph.node(id);
        node.map(|node| (mem::take(&mut node.owned), mem::take(&mut node.cleanups)))
            .unwrap_or_default()
    });
    owned.into_iter().for_each(dispose);
    apart(|| cleanups.into_iter().for_each(|act| act()));
}
