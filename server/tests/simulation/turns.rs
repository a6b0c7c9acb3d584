//! Several calls are under way in the server at once, and chance says which one goes on: each stops before and after every
//! call of the store and waits for its turn. So one thread and one order serve every interleaving, and whatever can come
//! between two steps of a call (another call, a crash, the hour of a deadline) does come between.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

/// Where calls stop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turns {
    stopped: Arc<AtomicBool>,
    /// Writes that were committed.
    written: Arc<AtomicU64>,
}

/// What a call under way came to.
pub(crate) enum Stage<T> {
    /// It waits for its next turn.
    Stopped,
    /// It has ended.
    Done(T),
}

/// A call under way.
pub(crate) type Call<T> = Pin<Box<dyn Future<Output = T>>>;

impl Turns {
    /// Something was committed.
    pub(crate) fn wrote(&self) {
        self.written.fetch_add(1, Ordering::Relaxed);
    }

    /// How much was.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Waits for the next turn.
    pub(crate) fn turn(&self) -> Turn {
        Turn { stopped: Arc::clone(&self.stopped), passed: false }
    }

    /// Lets one call go on until it stops or ends. What it asks of other threads is waited for.
    pub(crate) async fn advance<T>(&self, call: &mut Call<T>) -> Stage<T> {
        std::future::poll_fn(|context| {
            self.stopped.store(false, Ordering::Relaxed);
            match call.as_mut().poll(context) {
                Poll::Ready(done) => Poll::Ready(Stage::Done(done)),
                Poll::Pending if self.stopped.load(Ordering::Relaxed) => Poll::Ready(Stage::Stopped),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}

/// Stops once.
#[derive(Debug)]
pub(crate) struct Turn {
    stopped: Arc<AtomicBool>,
    passed: bool,
}

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.passed {
            return Poll::Ready(());
        }
        // Only its driver polls again, when it is its turn.
        self.passed = true;
        self.stopped.store(true, Ordering::Relaxed);
        Poll::Pending
    }
}

#[tokio::test(flavor = "current_thread")]
async fn calls_go_on_one_step_at_a_time_in_the_order_that_their_driver_wants() {
    let turns = Turns::default();
    let told = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let call = |name: &'static str| -> Call<()> {
        let (turns, told) = (turns.clone(), std::rc::Rc::clone(&told));
        Box::pin(async move {
            for step in 0..2 {
                turns.turn().await;
                // Something of another thread in between.
                tokio::task::spawn_blocking(|| ()).await.unwrap();
                told.borrow_mut().push(format!("{name}{step}"));
            }
        })
    };
    let (mut one, mut other) = (call("a"), call("b"));
    for (which, done) in [(0, false), (1, false), (1, false), (0, false), (0, true), (1, true)] {
        let stage = turns.advance(if which == 0 { &mut one } else { &mut other }).await;
        assert_eq!(matches!(stage, Stage::Done(())), done);
    }
    assert_eq!(*told.borrow(), ["b0", "a0", "a1", "b1"]);
}
