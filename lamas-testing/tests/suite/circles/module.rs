//! A crate as a tree of modules, each with the file that it stands in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, ItemUse, UseTree};

/// A module's place in its crate: the names of the modules around it and its own.
pub type Place = Vec<String>;

/// A crate's own modules.
#[derive(Default)]
pub struct Crate {
    pub modules: BTreeMap<Place, Module>,
}

/// What a module says.
pub struct Module {
    /// Relative to the workspace.
    pub file: PathBuf,
    /// All but modules within it and what only tests compile.
    pub items: Vec<Item>,
    pub imports: Vec<Import>,
}

/// One name that a module imports.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// As it is called here; `*` for all.
    pub name: String,
    pub path: Vec<String>,
    /// Whether others may take it from here.
    pub handed_on: bool,
}

impl Crate {
    /// Reads a crate from its root file.
    pub fn read(file: &Path, workspace: &Path) -> Result<Self, String> {
        let mut read = Self::default();
        let folder = file.parent().expect("a crate's file lies in a folder");
        read.file(file, folder, workspace, Vec::new())?;
        Ok(read)
    }

    fn file(&mut self, file: &Path, folder: &Path, workspace: &Path, place: Place) -> Result<(), String> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = std::fs::read_to_string(file).map_err(|error| failed(&error))?;
        let parsed = syn::parse_file(&text).map_err(|error| failed(&error))?;
        let shown = file.strip_prefix(workspace).unwrap_or(file).to_owned();
        self.items(parsed.items, &shown, folder, workspace, place)
    }

    /// Takes the items of a module whose own modules lie in a folder.
    fn items(
        &mut self,
        items: Vec<Item>,
        file: &Path,
        folder: &Path,
        workspace: &Path,
        place: Place,
    ) -> Result<(), String> {
        let mut module = Module { file: file.to_owned(), items: Vec::new(), imports: Vec::new() };
        for item in items.into_iter().filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Mod(inner) => {
                    let name = inner.ident.to_string();
                    let own = folder.join(&name);
                    let place = place.iter().cloned().chain([name]).collect();
                    match inner.content {
                        Some((_, items)) => self.items(items, file, &own, workspace, place)?,
                        None => {
                            let beside = folder.join(format!("{}.rs", inner.ident));
                            let within = own.join("mod.rs");
                            let file = if beside.is_file() { beside } else { within };
                            self.file(&file, &own, workspace, place)?;
                        }
                    }
                }
                Item::Use(ItemUse { vis, tree, leading_colon: None, .. }) => {
                    let handed_on = !matches!(vis, syn::Visibility::Inherited);
                    imports(&tree, &mut Vec::new(), handed_on, &mut module.imports);
                }
                other => module.items.push(other),
            }
        }
        self.modules.insert(place, module);
        Ok(())
    }
}

pub fn imports(tree: &UseTree, before: &mut Vec<String>, handed_on: bool, found: &mut Vec<Import>) {
    let mut found_at = |path: Vec<String>, name: String| {
        // `self` at the end of a path is what stands before it.
        let path: Vec<String> = if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path[..path.len() - 1].to_vec()
        } else {
            path
        };
        let name = if name == "self" { path.last().cloned().unwrap_or_default() } else { name };
        found.push(Import { name, path, handed_on });
    };
    let with = |before: &[String], last: String| before.iter().cloned().chain([last]).collect();
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            imports(&path.tree, before, handed_on, found);
            before.pop();
        }
        UseTree::Name(name) => found_at(with(before, name.ident.to_string()), name.ident.to_string()),
        UseTree::Rename(name) => found_at(with(before, name.ident.to_string()), name.rename.to_string()),
        UseTree::Glob(_) => found_at(before.clone(), "*".to_owned()),
        UseTree::Group(group) => {
            for tree in &group.items {
                imports(tree, before, handed_on, found);
            }
        }
    }
}

/// Whether only tests compile an item.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is = |list: &syn::MetaList| list.path.is_ident("cfg") && list.tokens.to_string() == "test";
        attribute.path().is_ident("test") || attribute.meta.require_list().is_ok_and(is)
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
