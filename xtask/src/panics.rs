//! What a panic says: nothing, since the widget has nobody who hears it.
//!
//! The standard library prints a panic's words and place to a stream that a browser does not have, and stops the module. Here the
//! module stops without having put the words together. The compiler can do so too, but only one that is not yet released.

use std::collections::HashSet;

use walrus::ir::{Instr, InstrSeqId};
use walrus::{Function, FunctionId, FunctionKind, LocalFunction, Module};

use crate::glue;

mod places;

/// Puts a stop in place of each call that can only end in a panic, and leaves out what was there for the words alone.
pub(crate) fn silence(module: &mut Module) {
    let mut ends: HashSet<FunctionId> =
        module.funcs.iter().filter(|it| panics(it)).map(Function::id).collect();
    loop {
        let mut more = HashSet::new();
        for (id, function) in module.funcs.iter_local_mut() {
            cut(function, &ends);
            if only_stops(function) && !ends.contains(&id) {
                more.insert(id);
            }
        }
        if more.is_empty() {
            break;
        }
        ends.extend(more);
    }
    // What writes a value for developers: only panics do so in the widget.
    glue::drop_entries(module, |it| it.ends_with("::fmt::Debug>::fmt") || it.contains("::PanicPayload>"));
    places::forget(module);
}

/// All of the core library's panics come together in one of its modules, whose name has the library's hash before it.
fn panics(function: &Function) -> bool {
    let name = function.name.as_deref().unwrap_or_default();
    matches!(function.kind, FunctionKind::Local(_))
        && name.starts_with("core")
        && name.contains("::panicking::")
}

/// All sequences of a function's instructions, its own first.
pub(crate) fn sequences(function: &LocalFunction) -> Vec<InstrSeqId> {
    let mut found = vec![function.entry_block()];
    let mut at = 0;
    while let Some(&sequence) = found.get(at) {
        for (instruction, _) in &function.block(sequence).instrs {
            match instruction {
                Instr::Block(it) => found.push(it.seq),
                Instr::Loop(it) => found.push(it.seq),
                Instr::IfElse(it) => found.extend([it.consequent, it.alternative]),
                _ => {}
            }
        }
        at += 1;
    }
    found
}

/// Ends every sequence where it stops or calls one of `ends`, and takes off what was done just before for that call.
fn cut(function: &mut LocalFunction, ends: &HashSet<FunctionId>) {
    for sequence in sequences(function) {
        let instructions = &mut function.block_mut(sequence).instrs;
        let is_end = |it: &Instr| match it {
            Instr::Call(call) => ends.contains(&call.func),
            Instr::Unreachable(_) => true,
            _ => false,
        };
        let Some(end) = instructions.iter().position(|it| is_end(&it.0)) else { continue };
        let place = instructions[end].1;
        instructions.truncate(end);
        // Operands that stay behind lie on the stack where nothing comes any more: that is allowed.
        while instructions.last().is_some_and(|it| is_for_nobody(&it.0)) {
            instructions.pop();
        }
        instructions.push((walrus::ir::Unreachable {}.into(), place));
    }
}

/// Whether an instruction changes nothing but the memory of a module that stops.
fn is_for_nobody(instruction: &Instr) -> bool {
    matches!(
        instruction,
        Instr::Const(_)
            | Instr::LocalGet(_)
            | Instr::LocalSet(_)
            | Instr::LocalTee(_)
            | Instr::GlobalGet(_)
            | Instr::GlobalSet(_)
            | Instr::Binop(_)
            | Instr::Unop(_)
            | Instr::Select(_)
            | Instr::Drop(_)
            | Instr::Load(_)
            | Instr::Store(_)
    )
}

/// Whether a function stops on every way through it, and does nothing else.
fn only_stops(function: &LocalFunction) -> bool {
    let own = function.entry_block();
    let goes_on = |it: &Instr| match it {
        Instr::Br(branch) => branch.block == own,
        Instr::BrIf(branch) => branch.block == own,
        Instr::BrTable(table) => table.default == own || table.blocks.contains(&own),
        Instr::Block(_) | Instr::IfElse(_) | Instr::Unreachable(_) => false,
        other => !is_for_nobody(other),
    };
    let all = sequences(function);
    let stops_at_last = matches!(function.block(own).instrs.last(), Some((Instr::Unreachable(_), _)));
    stops_at_last && all.iter().all(|it| !function.block(*it).instrs.iter().any(|it| goes_on(&it.0)))
}

#[cfg(test)]
mod tests {
    use walrus::{FunctionBuilder, ModuleConfig, ValType};

    use super::*;

    /// A function that puts two numbers down and calls `end` with them where its argument is 0, and gives a 7 otherwise.
    fn caller(module: &mut Module, end: FunctionId) -> FunctionId {
        let argument = module.locals.add(ValType::I32);
        let mut builder = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[ValType::I32]);
        builder.func_body().block(None, |block| {
            let own = block.id();
            block.local_get(argument).br_if(own).i32_const(16).i32_const(5).call(end).unreachable();
        });
        builder.func_body().i32_const(7);
        builder.finish(vec![argument], &mut module.funcs)
    }

    /// A function of two numbers that calls `end` with them.
    fn passing(module: &mut Module, end: FunctionId) -> FunctionId {
        let (one, two) = (module.locals.add(ValType::I32), module.locals.add(ValType::I32));
        let mut builder = FunctionBuilder::new(&mut module.types, &[ValType::I32, ValType::I32], &[]);
        builder.func_body().local_get(one).local_get(two).call(end).unreachable();
        builder.finish(vec![one, two], &mut module.funcs)
    }

    #[test]
    fn a_call_that_can_only_panic_is_a_stop_and_every_other_stays() {
        let mut module = Module::with_config(ModuleConfig::new());
        let of_two = module.types.add(&[ValType::I32, ValType::I32], &[]);
        let (heard, _) = module.add_import_func("js", "heard", of_two);
        let panic = passing(&mut module, heard);
        module.funcs.get_mut(panic).name = Some("core[c5]::panicking::panic_fmt".to_owned());
        let unwrap_failed = passing(&mut module, panic);
        let throw = passing(&mut module, heard);
        for (name, end) in [("panics", unwrap_failed), ("throws", throw)] {
            let function = caller(&mut module, end);
            module.exports.add(name, function);
        }
        silence(&mut module);

        let of = |name: &str| {
            let function = module.exports.get_func(name).unwrap();
            let function = module.funcs.get(function).kind.unwrap_local();
            let (mut calls, mut stops) = (0, 0);
            for sequence in sequences(function) {
                for (instruction, _) in &function.block(sequence).instrs {
                    calls += usize::from(instruction.is_call());
                    stops += usize::from(instruction.is_unreachable());
                }
            }
            (calls, stops)
        };
        assert_eq!((of("panics"), of("throws")), ((0, 1), (1, 1)));
        assert_eq!(module.funcs.iter_local().count(), 3, "both callers, and the one that throws");
    }
}
