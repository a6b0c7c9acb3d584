//! Makes what functions have in common the same byte for byte, so that brotli finds it: 1.9 kB of the widget. What they do stays as it is.
//!
//! Two things differ without a meaning. Local variables are numbered as they came to be: here the more often one is named, the lower is
//! its number. And every access to memory says how its address is aligned, as a hint that no engine we support makes use of:
//! here none says so.

use std::cmp::Reverse;
use std::collections::HashMap;

use walrus::ir::{Instr, MemArg, Visitor, VisitorMut, dfs_in_order, dfs_pre_order_mut};
use walrus::{FunctionId, LocalId, Module};

use crate::panics::sequences;

/// Takes out of every function what differs without a meaning.
pub(crate) fn make(module: &mut Module) {
    number_by_use(module);
    for (_, function) in module.funcs.iter_local_mut() {
        for sequence in sequences(function) {
            let instructions = &mut function.block_mut(sequence).instrs;
            instructions.iter_mut().filter_map(|it| access_of(&mut it.0)).for_each(|it| it.align = 1);
        }
    }
}

fn access_of(instruction: &mut Instr) -> Option<&mut MemArg> {
    match instruction {
        Instr::Load(it) => Some(&mut it.arg),
        Instr::Store(it) => Some(&mut it.arg),
        _ => None,
    }
}

/// Numbers the local variables of every function anew; arguments have their place.
fn number_by_use(module: &mut Module) {
    let functions: Vec<FunctionId> = module.funcs.iter_local().map(|(id, _)| id).collect();
    for id in functions {
        let function = module.funcs.get(id).kind.unwrap_local();
        let mut uses = Uses::default();
        dfs_in_order(&mut uses, function, function.entry_block());
        let mut locals: Vec<LocalId> =
            uses.first.into_iter().filter(|it| !function.args.contains(it)).collect();
        locals.sort_by_key(|it| Reverse(uses.count[it]));
        // Locals are written in the order in which they were made.
        let mut renewed = Renewed(HashMap::new());
        for old in locals {
            let kind = module.locals.get(old).ty();
            renewed.0.insert(old, module.locals.add(kind));
        }
        let function = module.funcs.get_mut(id).kind.unwrap_local_mut();
        let own = function.entry_block();
        dfs_pre_order_mut(&mut renewed, function, own);
    }
}

/// The local variables of a function in the order in which they come, and how often.
#[derive(Default)]
struct Uses {
    first: Vec<LocalId>,
    count: HashMap<LocalId, usize>,
}

impl Visitor<'_> for Uses {
    fn visit_local_id(&mut self, local: &LocalId) {
        let count = self.count.entry(*local).or_default();
        if *count == 0 {
            self.first.push(*local);
        }
        *count += 1;
    }
}

struct Renewed(HashMap<LocalId, LocalId>);

impl VisitorMut for Renewed {
    fn visit_local_id_mut(&mut self, local: &mut LocalId) {
        *local = self.0.get(local).copied().unwrap_or(*local);
    }
}

#[cfg(test)]
mod tests {
    use walrus::{FunctionBuilder, ModuleConfig, ValType};

    use super::*;

    #[test]
    fn the_most_used_comes_first_behind_the_arguments() {
        let mut module = Module::with_config(ModuleConfig::new());
        let [argument, seldom, often] = [(); 3].map(|()| module.locals.add(ValType::I32));
        let mut builder = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[ValType::I32]);
        let mut body = builder.func_body();
        body.local_get(argument).local_set(seldom).local_get(seldom).local_tee(often);
        body.local_set(often).local_get(often).local_get(argument).drop().local_get(argument).drop();
        let function = builder.finish(vec![argument], &mut module.funcs);
        module.exports.add("f", function);

        // `local.get 0, local.set 1, …` as they came to be: the argument is 0, `seldom` 1, `often` 2.
        let before = module.emit_wasm();
        make(&mut module);
        let after = module.emit_wasm();
        let body =
            |seldom, often| [0x20, 0, 0x21, seldom, 0x20, seldom, 0x22, often, 0x21, often, 0x20, often];
        let has = |wasm: &[u8], body: [u8; 12]| wasm.windows(12).any(|it| it == body);
        assert!(has(&before, body(1, 2)) && has(&after, body(2, 1)));
    }

    #[test]
    fn no_access_to_memory_speaks_of_alignment() {
        use walrus::ir::{LoadKind, StoreKind};

        let mut module = Module::with_config(ModuleConfig::new());
        let memory = module.memories.add_local(false, false, 1, None, None);
        let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
        let place = |offset| MemArg { align: 4, offset };
        builder.func_body().i32_const(8).i32_const(8).load(memory, LoadKind::I32 { atomic: false }, place(4));
        builder.func_body().store(memory, StoreKind::I32 { atomic: false }, place(12));
        let function = builder.finish(Vec::new(), &mut module.funcs);
        module.exports.add("f", function);
        make(&mut module);

        // `i32.load` and `i32.store` with hint and offset.
        let accesses = [0x28, 0, 4, 0x36, 0, 12];
        assert!(module.emit_wasm().windows(6).any(|it| it == accesses));
    }
}
