//! Circles of a graph: its strongly connected parts of more than one node (Tarjan 1972).

use std::collections::BTreeMap;

struct Search<'a, N, F> {
    arrows: F,
    /// In which order nodes were met, and how far back each leads.
    met: BTreeMap<&'a N, (usize, usize)>,
    open: Vec<&'a N>,
    found: Vec<Vec<&'a N>>,
}

/// The circles among nodes.
pub fn among<'a, N: Ord, I: Iterator<Item = &'a N>, F: Fn(&'a N) -> I>(
    nodes: impl Iterator<Item = &'a N>,
    arrows: F,
) -> Vec<Vec<&'a N>> {
    let mut search = Search { arrows, met: BTreeMap::new(), open: Vec::new(), found: Vec::new() };
    for node in nodes {
        if !search.met.contains_key(node) {
            search.visit(node);
        }
    }
    search.found
}

impl<'a, N: Ord, I: Iterator<Item = &'a N>, F: Fn(&'a N) -> I> Search<'a, N, F> {
    fn visit(&mut self, node: &'a N) -> usize {
        let order = self.met.len();
        let mut back = order;
        self.met.insert(node, (order, order));
        self.open.push(node);
        for next in (self.arrows)(node) {
            match self.met.get(next) {
                None => back = back.min(self.visit(next)),
                Some((order, _)) if self.open.contains(&next) => back = back.min(*order),
                Some(_) => {}
            }
        }
        self.met.insert(node, (order, back));
        if back == order {
            let start = self.open.iter().position(|open| *open == node).expect("it was opened above");
            let mut part = self.open.split_off(start);
            if part.len() > 1 {
                part.sort_unstable();
                self.found.push(part);
            }
        }
        back
    }
}
