//! Where panics come from, file and line and column: in the module's memory, for nobody.

use std::collections::HashSet;
use std::ops::Range;

use walrus::ir::{Instr, Value};
use walrus::{ConstExpr, Data, DataKind, Module};

use super::sequences;

/// Writes zeros over the places of panics, file and line and column, that nothing names any more: they stay in the module otherwise,
/// since nobody but the compiler knows where in a module's memory one thing ends and another begins.
pub(super) fn forget(module: &mut Module) {
    let named = named_by_code(module);
    let all: Vec<_> = module.data.iter().map(Data::id).collect();
    for id in all {
        let data = module.data.get_mut(id);
        let DataKind::Active { offset: ConstExpr::Value(Value::I32(start)), .. } = data.kind else {
            continue;
        };
        let Ok(start) = usize::try_from(start) else { continue };
        forget_in(&mut data.value, start, &named);
    }
}

/// As [`forget`], in the bytes that begin at `start`.
fn forget_in(bytes: &mut [u8], start: usize, named: &HashSet<usize>) {
    let mut found = named.clone();
    found.extend((0..bytes.len()).step_by(4).filter_map(|at| word(bytes, at)));
    let mut paths = Vec::new();
    for at in (0..bytes.len()).step_by(4) {
        if let Some(path) = path_of(bytes, at, start)
            && !found.contains(&(start + at))
        {
            bytes[at..at + 16].fill(0);
            paths.push(path);
        }
    }
    let mut found = named.clone();
    found.extend((0..bytes.len()).step_by(4).filter_map(|at| word(bytes, at)));
    for path in paths {
        if !path.clone().any(|at| found.contains(&(start + at))) {
            bytes[path].fill(0);
        }
    }
}

/// Where the file's name stands, if these are a panic's place: address and length of the name, line, column.
fn path_of(bytes: &[u8], at: usize, start: usize) -> Option<Range<usize>> {
    let [address, length, line, column] = [0, 4, 8, 12].map(|it| word(bytes, at + it));
    let from = address?.checked_sub(start)?;
    let path = from..from.checked_add(length?)?;
    let is_place = bytes.get(path.clone())?.ends_with(b".rs")
        && (1..100_000).contains(&line?)
        && (1..1_000).contains(&column?);
    is_place.then_some(path)
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(four)).ok()
}

/// Every number in the code that may be an address.
fn named_by_code(module: &Module) -> HashSet<usize> {
    let mut named = HashSet::new();
    for (_, function) in module.funcs.iter_local() {
        for sequence in sequences(function) {
            for (instruction, _) in &function.block(sequence).instrs {
                let number = match instruction {
                    Instr::Const(it) => match it.value {
                        Value::I32(number) => u64::from(number.cast_unsigned()),
                        _ => continue,
                    },
                    Instr::Load(it) => it.arg.offset,
                    Instr::Store(it) => it.arg.offset,
                    _ => continue,
                };
                named.extend(usize::try_from(number));
            }
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_nothing_names_is_forgotten_with_its_file() {
        let place = |address: u32, length: u32| [address, length, 12, 5].map(u32::to_le_bytes).concat();
        let mut bytes = [place(1048, 4), place(1048, 4), place(1052, 4), b"a.rsb.rs".to_vec()].concat();
        forget_in(&mut bytes, 1000, &HashSet::from([1016]));
        let kept = [vec![0; 16], place(1048, 4), vec![0; 16], b"a.rs\0\0\0\0".to_vec()].concat();
        assert_eq!(bytes, kept);
    }

    #[test]
    fn what_is_no_place_is_left_alone() {
        let four = |it: [u32; 4]| it.map(u32::to_le_bytes).concat();
        for (words, text) in [
            ([1016, 4, 0, 5], b"a.rs"),
            ([1016, 4, 12, 0], b"a.rs"),
            ([1016, 4, 12, 5], b"a.js"),
            ([1017, 4, 12, 5], b"a.rs"),
            ([16, 4, 12, 5], b"a.rs"),
            ([1016, u32::MAX, 12, 5], b"a.rs"),
        ] {
            let bytes = [four(words), text.to_vec()].concat();
            let mut after = bytes.clone();
            forget_in(&mut after, 1000, &HashSet::new());
            assert_eq!(after, bytes, "{words:?}");
        }
    }
}
