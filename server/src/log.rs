//! The program's own log, for whoever runs it: no line a thousand times, and a word of what was refused.
//!
//! A line that comes again and again, because the disk is full or because a stranger wants it so, is written a few times in a minute;
//! how many more there were is told at the minute's end. What was refused as it should be is no line of its own: the minute's end
//! tells how often, and nothing of whom.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::callsite::Identifier;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Lines of one place in the program that are written in a minute.
const IN_A_MINUTE: u64 = 5;

/// What is counted instead of being told at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// 403: a page of somebody else asked, or a form came from one.
    NotAllowed,
    /// 413.
    TooLong,
    /// 429.
    TooOften,
    /// A number and a code that open no receipt.
    Receipt,
}

impl Refused {
    const ALL: [Self; 4] = [Self::NotAllowed, Self::TooLong, Self::TooOften, Self::Receipt];

    /// What an answer's status counts as.
    pub(crate) fn of_status(status: u16) -> Option<Self> {
        match status {
            403 => Some(Self::NotAllowed),
            413 => Some(Self::TooLong),
            429 => Some(Self::TooOften),
            _ => None,
        }
    }
}

static REFUSED: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// Counts one.
pub(crate) fn count(refused: Refused) {
    REFUSED[refused as usize].fetch_add(1, Ordering::Relaxed);
}

/// What was folded since the last minute's end, in the whole program.
static LINES: LazyLock<Lines> = LazyLock::new(Lines::default);

/// Lines by the place in the program that they come from.
#[derive(Debug, Default)]
struct Lines(Mutex<HashMap<Identifier, Line>>);

#[derive(Debug)]
struct Line {
    metadata: &'static Metadata<'static>,
    count: u64,
}

impl Lines {
    /// Whether one more of a place is written.
    fn passes(&self, metadata: &'static Metadata<'static>) -> bool {
        let mut lines = self.held();
        let line = lines.entry(metadata.callsite()).or_insert(Line { metadata, count: 0 });
        line.count += 1;
        line.count <= IN_A_MINUTE
    }

    /// The places of which some were not written, and how many; from here on all begin anew.
    fn left_out(&self) -> Vec<(&'static Metadata<'static>, u64)> {
        let lines = std::mem::take(&mut *self.held());
        let mut more: Vec<_> = lines
            .into_values()
            .filter(|it| IN_A_MINUTE < it.count)
            .map(|it| (it.metadata, it.count - IN_A_MINUTE))
            .collect();
        more.sort_by_key(|it| (it.0.file(), it.0.line()));
        more
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Identifier, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Folds what repeats itself. What is asked for in detail (`debug`, `trace`) comes whole.
#[derive(Debug, Clone, Copy, Default)]
pub struct Folding;

impl<S: Subscriber> Layer<S> for Folding {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        Level::INFO < *event.metadata().level() || LINES.passes(event.metadata())
    }
}

/// Tells at every minute's end what was left out and what was refused, for good.
pub async fn tell_every_minute() {
    let mut ends = tokio::time::interval(Duration::from_mins(1));
    loop {
        ends.tick().await;
        tell();
    }
}

/// Tells it now.
pub fn tell() {
    for (metadata, count) in LINES.left_out() {
        let place =
            format!("{}:{}", metadata.file().unwrap_or_default(), metadata.line().unwrap_or_default());
        tracing::warn!(count, level = %metadata.level(), place, "more lines like this one were left out");
    }
    let [not_allowed, too_long, too_often, receipts] =
        Refused::ALL.map(|it| REFUSED[it as usize].swap(0, Ordering::Relaxed));
    if 0 < not_allowed + too_long + too_often + receipts {
        tracing::info!(not_allowed, too_long, too_often, receipts, "refused in the last minute");
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// What was written.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Written {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    /// One place in the program.
    fn says(what: u32) {
        tracing::error!(what, "the disk is full");
    }

    #[test]
    fn a_line_that_repeats_itself_is_folded_and_the_rest_is_told_as_a_number() {
        let written = Written::default();
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(written.clone());
        let subscriber = tracing_subscriber::registry().with(LevelFilter::DEBUG).with(Folding).with(lines);
        tracing::subscriber::with_default(subscriber, || {
            (0..1000).for_each(says);
            tracing::warn!("something else");
            (0..20).for_each(|what| tracing::debug!(what, "in detail"));
            tell();
            says(1000);
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let of = |words: &str| text.lines().filter(|it| it.contains(words)).collect::<Vec<_>>();
        assert_eq!(of("the disk is full").len(), 6, "{text}");
        assert_eq!((of("something else").len(), of("in detail").len()), (1, 20), "{text}");
        let told = of("more lines like this one were left out");
        let told = told.iter().filter(|it| it.contains("log.rs") && it.contains("count=995")).count();
        assert_eq!(told, 1, "{text}");
    }
}
