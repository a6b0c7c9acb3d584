//! The order of a module's functions: the most alike beside each other, so that brotli finds in the one what it needs for the next.
//!
//! The compiler's order, and the glue generator's after it, is no help: 1.4 kB of the widget. What the functions do stays as it is, each
//! is only called by another number.

use std::collections::HashMap;
use std::convert::Infallible;

use anyhow::{Result, anyhow};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, FunctionBody, FunctionSectionReader, Parser, Payload, TypeRef};

/// So many bytes in a row count as something that two functions share.
const SHARED: usize = 6;
/// Functions shorter than this are alike by chance as well.
const SMALL: usize = 200;
/// What so many functions share says nothing of two of them.
const COMMON: usize = 60;

/// The module with its functions in another order.
pub(crate) fn by_likeness(wasm: &[u8]) -> Result<Vec<u8>> {
    let (imported, bodies) = functions(wasm)?;
    let order = chain(&bodies);
    let mut places = vec![0; order.len()];
    for (place, &function) in (0_u32..).zip(&order) {
        places[function] = place;
    }
    let mut module = Module::new();
    Ordering { imported, order, places }
        .parse_core_module(&mut module, Parser::new(0), wasm)
        .map_err(|error| anyhow!("the module's functions could not be put in order: {error}"))?;
    Ok(module.finish())
}

/// How many functions are imported, and the bytes of each that is not.
fn functions(wasm: &[u8]) -> Result<(u32, Vec<&[u8]>)> {
    let (mut imported, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    Ok((imported, bodies))
}

/// Each function's nearest among those that have no place yet, from the first on.
fn chain(bodies: &[&[u8]]) -> Vec<usize> {
    let mut parts = Vec::new();
    let mut with_part: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (function, body) in bodies.iter().enumerate() {
        let mut own: Vec<&[u8]> = body.windows(SHARED).collect();
        own.sort_unstable();
        own.dedup();
        for part in &own {
            with_part.entry(part).or_default().push(function);
        }
        parts.push(own);
    }
    let mut order = Vec::new();
    let mut waiting = vec![true; bodies.len()];
    let mut next = (!bodies.is_empty()).then_some(0);
    while let Some(present) = next {
        waiting[present] = false;
        order.push(present);
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for part in &parts[present] {
            let with = &with_part[part];
            if with.len() < COMMON {
                for &other in with.iter().filter(|it| waiting[**it]) {
                    // The fewer have it, the more it says.
                    *shared.entry(other).or_default() += 1_000_000 / with.len();
                }
            }
        }
        let likeness = |(other, score): (&usize, &usize)| {
            (score / (parts[present].len() + parts[*other].len() + SMALL), std::cmp::Reverse(*other))
        };
        next = match shared.iter().map(likeness).max() {
            Some((_, other)) => Some(other.0),
            None => waiting.iter().position(|it| *it),
        };
    }
    order
}

/// Writes a module anew with its functions in another order.
struct Ordering {
    imported: u32,
    /// The functions in their new order, by their old places.
    order: Vec<usize>,
    /// The new place of each.
    places: Vec<u32>,
}

impl Reencode for Ordering {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Infallible>> {
        let own = function.checked_sub(self.imported);
        Ok(own.map_or(function, |it| self.imported + self.places[it as usize]))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let types = section.into_iter().collect::<Result<Vec<u32>, _>>()?;
        for &function in &self.order {
            functions.function(types[function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let bodies = section.into_iter().collect::<Result<Vec<FunctionBody<'_>>, _>>()?;
        for at in 0..self.order.len() {
            self.parse_function_body(code, bodies[self.order[at]].clone())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_alike_stand_beside_each_other_and_none_is_lost() {
        let bodies: [&[u8]; 5] = [b"abcdefgh", b"0123456789", b"xabcdefghx", b"", b"x0123456789x"];
        assert_eq!(chain(&bodies), [0, 2, 1, 4, 3]);
        assert!(chain(&[]).is_empty());
    }

    #[test]
    fn what_is_called_is_the_same_function_by_its_new_number() {
        use wasm_encoder::{CodeSection, ExportKind, ExportSection, Function, TypeSection, ValType};

        // `a` and `c` give constants that are alike, `b` calls `c`.
        let (mut types, mut functions) = (TypeSection::new(), FunctionSection::new());
        types.ty().function([], [ValType::I32]);
        types.ty().function([], []);
        let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
        for (name, kind, body) in [
            ("a", 0, &[0x41, 1, 0x41, 2, 0x6A, 0x41, 3, 0x6A][..]),
            ("b", 1, &[0x10, 2, 0x1A][..]),
            ("c", 0, &[0x41, 9, 0x41, 2, 0x6A, 0x41, 3, 0x6A][..]),
        ] {
            exports.export(name, ExportKind::Func, functions.len());
            functions.function(kind);
            let mut function = Function::new([]);
            function.raw(body.iter().copied());
            function.instructions().end();
            code.function(&function);
        }
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&exports).section(&code);
        let ordered = by_likeness(&module.finish()).unwrap();

        let bodies = functions_of(&ordered);
        assert_eq!(bodies.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), ["a", "c", "b"]);
        assert_eq!(bodies[2].1, [0, 0x10, 1, 0x1A, 0x0B]);
    }

    /// Names and bodies in their order.
    fn functions_of(wasm: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut named = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            if let Payload::ExportSection(section) = payload.unwrap() {
                named.extend(section.into_iter().map(|it| it.unwrap()));
            }
        }
        named.sort_by_key(|it| it.index);
        let (_, bodies) = functions(wasm).unwrap();
        named.iter().zip(bodies).map(|(it, body)| (it.name.to_owned(), body.to_vec())).collect()
    }
}
