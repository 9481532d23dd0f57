//! Which file each path in a module leads to.

use std::path::PathBuf;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;
use syn::{Attribute, Macro, Path, Visibility};

use super::Taken;
use super::module::{Crate, Import, Module, Place};

/// What each file of a crate takes from its other files.
pub fn taken(parsed: &Crate) -> Taken {
    let mut taken = Taken::new();
    for (place, module) in &parsed.modules {
        let from = taken.entry(module.file.clone()).or_default();
        for path in written(module) {
            let Some(file) = parsed.leads_to(place, &path, DEPTH).filter(|file| *file != module.file) else { continue };
            let names = from.entry(file).or_default();
            let name = path.last().cloned().unwrap_or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    taken
}

/// So many names are handed on one after another at most.
const DEPTH: usize = 16;

/// All paths that a module's own code is written with, and those of its imports but for what it only hands on.
fn written(module: &Module) -> Vec<Vec<String>> {
    let mut paths = Paths::default();
    module.items.iter().for_each(|item| paths.visit_item(item));
    let named = |import: &&Import| paths.0.iter().any(|path| path[0] == import.name);
    let imports = module.imports.iter().filter(|import| !import.handed_on || named(import));
    // Of a module that is taken as a whole any name may be meant.
    let path =
        |import: &Import| import.path.iter().chain(Some(&import.name).filter(|name| *name == "*")).cloned().collect();
    let imported: Vec<_> = imports.map(path).collect();
    paths.0.into_iter().chain(imported).collect()
}

impl Crate {
    /// The file of what a path in a module names; `None` for what is no item of this crate, or a module as a whole.
    fn leads_to(&self, here: &Place, path: &[String], depth: usize) -> Option<PathBuf> {
        let (mut place, mut rest) = self.start(here, path, depth)?;
        while let Some((name, after)) = rest.split_first() {
            place.push(name.clone());
            if self.modules.contains_key(&place) {
                rest = after;
                continue;
            }
            place.pop();
            let module = &self.modules[&place];
            let handed_on = || module.imports.iter().filter(|import| import.handed_on || place == *here);
            let through = |import: &Import| match import.name.as_str() {
                "*" => {
                    let path: Vec<String> = import.path.iter().chain(rest).cloned().collect();
                    self.defines(&place, &import.path, name).then(|| self.leads_to(&place, &path, depth - 1)).flatten()
                }
                own if own == name => {
                    let path: Vec<String> = import.path.iter().chain(after).cloned().collect();
                    self.leads_to(&place, &path, depth - 1)
                }
                _ => None,
            };
            let through = if depth == 0 { None } else { handed_on().find_map(through) };
            return Some(through.unwrap_or_else(|| module.file.clone()));
        }
        // A module by itself: whoever takes something from it says what.
        None
    }

    /// The module that a path begins in, and what is left of the path.
    fn start<'p>(&self, here: &Place, path: &'p [String], depth: usize) -> Option<(Place, &'p [String])> {
        let (first, after) = path.split_first()?;
        match first.as_str() {
            "crate" => Some((Place::new(), after)),
            "self" => Some((here.clone(), after)),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                let kept = here.len().checked_sub(ups)?;
                Some((here[..kept].to_vec(), &path[ups..]))
            }
            name => {
                let child: Place = here.iter().chain([first]).cloned().collect();
                if self.modules.contains_key(&child) {
                    return Some((child, after));
                }
                // A module under the name that it was imported by.
                let import = self.modules[here].imports.iter().find(|import| import.name == name && depth > 0)?;
                let place = self.module(here, &import.path, depth - 1)?;
                (!after.is_empty()).then_some((place, after))
            }
        }
    }

    /// The module that a path names as a whole.
    fn module(&self, here: &Place, path: &[String], depth: usize) -> Option<Place> {
        let (place, rest) = self.start(here, path, depth)?;
        let whole: Place = place.iter().chain(rest).cloned().collect();
        self.modules.contains_key(&whole).then_some(whole)
    }

    /// Whether a module that is taken as a whole has an item of this name.
    fn defines(&self, here: &Place, path: &[String], name: &str) -> bool {
        let Some(place) = self.module(here, path, DEPTH) else { return false };
        self.modules[&place].items.iter().any(|item| named(item).is_some_and(|own| own == name))
    }
}

fn named(item: &syn::Item) -> Option<String> {
    use syn::Item::{Const, Enum, Fn, Static, Struct, Trait, Type};
    let ident = match item {
        Const(item) => &item.ident,
        Enum(item) => &item.ident,
        Fn(item) => &item.sig.ident,
        Static(item) => &item.ident,
        Struct(item) => &item.ident,
        Trait(item) => &item.ident,
        Type(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// The paths that code is written with, single names among them.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl<'a> Visit<'a> for Paths {
    fn visit_path(&mut self, path: &'a Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if path.leading_colon.is_none() {
            self.0.push(names);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, import: &'a syn::ItemUse) {
        // Within a function.
        let mut names = Vec::new();
        flatten(&import.tree, &mut Vec::new(), &mut names);
        self.0.extend(names);
    }

    fn visit_macro(&mut self, of: &'a Macro) {
        self.tokens(of.tokens.clone());
    }

    fn visit_attribute(&mut self, _: &'a Attribute) {}

    fn visit_visibility(&mut self, _: &'a Visibility) {}
}

impl Paths {
    /// Paths in what only a macro can parse: names with `::` between them.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        let end = |path: &mut Vec<String>, found: &mut Vec<Vec<String>>| {
            if !path.is_empty() {
                found.push(std::mem::take(path));
            }
        };
        for token in tokens {
            match token {
                TokenTree::Ident(name) if path.is_empty() || colons == 2 => {
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() && colons < 2 => colons += 1,
                other => {
                    end(&mut path, &mut self.0);
                    colons = 0;
                    match other {
                        TokenTree::Ident(name) => path.push(name.to_string()),
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        _ => {}
                    }
                }
            }
        }
        end(&mut path, &mut self.0);
    }
}

fn flatten(tree: &syn::UseTree, before: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let mut imports = Vec::new();
    super::module::imports(tree, before, false, &mut imports);
    found.extend(imports.into_iter().map(|import| import.path));
}
