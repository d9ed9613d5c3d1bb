//! The graph of readers and owners.
//!
//! When a value changes, its readers become *dirty*, and their transitive readers *doubtful*. A
//! doubtful node first refreshes its sources, and runs only if one of them has changed its value.
//! So each node runs at most once, after everything that it depends on.
//!
//! Nodes are kept in slots and identified by slot and generation: an id outlives its node, and then
//! resolves to nothing. Only code of this file runs while the graph is borrowed.

use std::any::Any;
use std::cell::RefCell;
use std::mem;
use std::rc::Rc;

/// Identifies a node; never reused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Id {
    slot: usize,
    generation: u64,
}

/// Kind of a node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Changes when it is set.
    Value,
    /// Changes when its sources change; runs when it is read.
    Memo,
    /// Runs when its sources have changed.
    Effect,
}

/// State of a node's sources.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Colour {
    /// Unchanged.
    Clean,
    /// An indirect source has changed, perhaps without effect.
    Doubtful,
    /// Changed.
    Dirty,
}

/// Runs a node; returns whether its value has changed.
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
    /// Owner of nodes created now.
    owner: Option<Id>,
    /// Current reader.
    reader: Option<Id>,
    /// Effects to be refreshed.
    due: Vec<Id>,
    /// [`flush`] is scheduled.
    called: bool,
    /// Cleanups without an owner: kept, never called.
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

    /// Marks the readers of a node, and theirs.
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

    /// Removes a node from the readers of its sources.
    fn unlink(&mut self, id: Id, sources: Vec<Id>) {
        for source in sources {
            if let Some(source) = self.node(source) {
                source.readers.retain(|reader| *reader != id);
            }
        }
    }
}

/// Creates a node, owned by the current owner.
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

/// Sets the value and the action of a node after its first run.
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

/// Records that the current reader has read the node.
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

/// Marks the value of a node as changed.
pub(super) fn changed(id: Id) {
    let call = graph(|graph| {
        graph.tell(id, Colour::Dirty);
        !graph.due.is_empty() && !mem::replace(&mut graph.called, true)
    });
    // Native tests call `flush` themselves.
    #[cfg(target_arch = "wasm32")]
    if call {
        wasm_bindgen_futures::spawn_local(async { flush() });
    }
    #[cfg(not(target_arch = "wasm32"))]
    let _ = call;
}

/// Runs pending effects until none are left.
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
            // Owners first: they may end it.
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

/// Brings a node up to date.
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

/// Runs `act` with the node as reader and owner.
pub(super) fn run<R>(id: Id, act: impl FnOnce() -> R) -> R {
    within(Some(id), Some(id), act)
}

/// Runs `act` with the node as owner and without a reader.
pub(super) fn own<R>(id: Id, act: impl FnOnce() -> R) -> R {
    within(Some(id), None, act)
}

/// Runs `act` without owner and reader: for browser callbacks, which may fire during an effect.
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

/// Calls `act` when the current owner reruns or ends. Without an owner it is never called.
pub fn on_cleanup(act: impl FnOnce() + 'static) {
    graph(|graph| {
        let owner = graph.owner;
        match owner.and_then(|owner| graph.node(owner)) {
            Some(owner) => owner.cleanups.push(Box::new(act)),
            None => graph.for_ever.push(Box::new(act)),
        }
    });
}

/// Ends a node, and everything that it owns.
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
        // Dropped outside the borrow: its destructor may run any code.
        Some(node)
    });
}

/// Ends everything that a node owns.
fn empty(id: Id) {
    let (owned, cleanups) = graph(|graph| {
        let node = graph.node(id);
        node.map(|node| (mem::take(&mut node.owned), mem::take(&mut node.cleanups)))
            .unwrap_or_default()
    });
    owned.into_iter().for_each(dispose);
    apart(|| cleanups.into_iter().for_each(|act| act()));
}
