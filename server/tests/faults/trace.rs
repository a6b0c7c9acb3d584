//! The calls that a program made of the system, as strace wrote them down, and whether they keep the order: written, synced,
//! then answered.

/// A finished call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// Microseconds.
    pub(crate) began: u64,
    pub(crate) ended: u64,
    pub(crate) name: String,
    /// The file or socket, and all that was written or read.
    pub(crate) arguments: String,
    /// Negative for an error.
    pub(crate) result: i64,
}

/// Reads what strace wrote, in the order in which the calls began; calls that never ended are left out.
pub(crate) fn read(text: &str) -> Vec<Call> {
    let mut open = std::collections::HashMap::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        let Some((process, at, what)) = parts(line) else { continue };
        if let Some(first_half) = what.strip_suffix(" <unfinished ...>") {
            open.insert(process, (at, first_half.to_owned()));
        } else if let Some(resumed) = what.strip_prefix("<... ") {
            let Some((began, first_half)) = open.remove(process) else { continue };
            let Some((_, second_half)) = resumed.split_once(" resumed>") else { continue };
            calls.extend(call(began, &format!("{first_half}{second_half}")));
        } else {
            calls.extend(call(at, what));
        }
    }
    calls.sort_by_key(|it| it.began);
    calls
}

/// Process, microseconds, the rest.
fn parts(line: &str) -> Option<(&str, u64, &str)> {
    let (process, rest) = line.split_once(' ')?;
    let (at, what) = rest.trim_start().split_once(' ')?;
    Some((process, micros(at)?, what))
}

fn micros(text: &str) -> Option<u64> {
    let (seconds, fraction) = text.split_once('.')?;
    let whole = seconds.parse::<u64>().ok()? * 1_000_000;
    (fraction.len() == 6).then_some(whole + fraction.parse::<u64>().ok()?)
}

/// `name(arguments) = result <seconds>`
fn call(began: u64, text: &str) -> Option<Call> {
    let (head, took) = text.strip_suffix('>')?.rsplit_once(" <")?;
    let (head, result) = head.rsplit_once(" = ")?;
    let (name, arguments) = head.split_once('(')?;
    Some(Call {
        began,
        ended: began + micros(took)?,
        name: name.to_owned(),
        arguments: arguments.trim_end().trim_end_matches(')').to_owned(),
        result: result.split(' ').next()?.parse().ok()?,
    })
}

impl Call {
    /// Whether it is about a file, or a socket, whose name holds this.
    fn is_on(&self, file: &str) -> bool {
        self.arguments.split_once('>').is_some_and(|(first, _)| first.contains(file))
    }

    /// The number of the file or socket in its process.
    fn descriptor(&self) -> Option<&str> {
        self.arguments.split_once('<').map(|(number, _)| number)
    }

    pub(crate) fn writes(&self, file: &str) -> bool {
        matches!(self.name.as_str(), "write" | "writev" | "pwrite64" | "pwritev" | "sendto" | "sendmsg")
            && 0 < self.result
            && self.is_on(file)
    }

    pub(crate) fn reads(&self, file: &str, words: &str) -> bool {
        matches!(self.name.as_str(), "read" | "readv" | "recvfrom" | "recvmsg")
            && 0 < self.result
            && self.is_on(file)
            && self.arguments.contains(words)
    }

    fn syncs(&self, file: &str) -> bool {
        matches!(self.name.as_str(), "fsync" | "fdatasync") && self.result == 0 && self.is_on(file)
    }

    /// A promise: the first bytes of a 201 go out on a socket.
    pub(crate) fn promises(&self) -> bool {
        self.writes("") && self.arguments.contains("\"HTTP/1.1 201 ")
    }
}

/// How many promises were made, each only after all that was written for it into a file whose path holds `file` had been
/// synced.
///
/// # Errors
/// The first promise that was not.
pub(crate) fn kept(calls: &[Call], file: &str) -> Result<usize, String> {
    each_promise(calls, |before, promise| {
        let written = before.iter().rfind(|it| it.writes(file)).ok_or("nothing was written for it")?;
        let synced = |it: &&Call| it.syncs(file) && written.ended <= it.began && it.ended <= promise.began;
        before.iter().find(synced).map(|_| ()).ok_or("what was written for it was not synced before")
    })
}

/// The same for the server of a database, seen from its client: what is written to it at most length (a request; a job asks
/// for less) is answered with `words` before the promise.
///
/// # Errors
/// The first promise that was not.
pub(crate) fn confirmed(calls: &[Call], socket: &str, words: &str) -> Result<usize, String> {
    each_promise(calls, |before, promise| {
        let asked = before.iter().filter(|it| it.writes(socket)).max_by_key(|it| it.result);
        let asked = asked.ok_or("the database was not asked for it")?;
        let told = |it: &&Call| {
            it.reads(socket, words)
                && it.descriptor() == asked.descriptor()
                && asked.ended <= it.ended
                && it.ended <= promise.began
        };
        before.iter().find(told).map(|_| ()).ok_or("the database had not confirmed it before")
    })
}

/// Judges every promise by the calls since the one before.
fn each_promise(
    calls: &[Call],
    judge: impl Fn(&[Call], &Call) -> Result<(), &'static str>,
) -> Result<usize, String> {
    let (mut first, mut promises) = (0, 0);
    for (place, promise) in calls.iter().enumerate().filter(|(_, it)| it.promises()) {
        promises += 1;
        judge(&calls[first..place], promise).map_err(|fault| format!("promise {promises}: {fault}"))?;
        first = place + 1;
    }
    Ok(promises)
}
