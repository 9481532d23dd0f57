//! Graphs without layers: a node reads what the nodes that it names left, and nothing else.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, join_all, try_join_all};

use super::Run;
use super::drains::Drained;
use super::racing::{Ground, Raced};
use crate::operator::{Failure, State};
use crate::orchestrator::{LayerReport, Node, OperatorReport, Schedule};
use crate::race::WaveReport;
use crate::scope::Scope;
use crate::trace::SpanKind;

/// A state that knows where each candidate comes from, so that what reaches a node on two ways is there once.
#[derive(Debug, Clone, Default, PartialEq)]
struct View {
    state: State,
    /// `[candidates]`: maker (0 for whatever stood before the graph, else node + 1) and place among its candidates.
    origins: Vec<(usize, usize)>,
}

impl View {
    /// What stood before the graph.
    fn start(state: &State) -> Self {
        Self { state: state.clone(), origins: (0..state.candidates.len()).map(|place| (0, place)).collect() }
    }

    /// The candidates of all views in the order of their origins; what stands in the last view stands.
    fn merged(views: &[&Self]) -> Self {
        let all = views.iter().flat_map(|view| view.origins.iter().zip(&view.state.candidates));
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|(origin, _)| **origin);
        all.dedup_by_key(|(origin, _)| **origin);
        let stands = views.iter().rev().find_map(|view| view.state.current.map(|index| view.origins[index]));
        let origins: Vec<_> = all.iter().map(|(origin, _)| **origin).collect();
        let current = stands.and_then(|stands| origins.iter().position(|origin| *origin == stands));
        Self { state: State { candidates: all.iter().map(|(_, c)| (*c).clone()).collect(), current }, origins }
    }

    /// What a node leaves that read this.
    fn after(self, node: usize, raced: &Raced) -> Self {
        let mut made = 0..;
        let origins = raced.origins.iter().map(|origin| match origin {
            Some(before) => self.origins[*before],
            None => (node + 1, made.next().expect("it has no end")),
        });
        Self { origins: origins.collect(), state: raced.state.clone() }
    }
}

/// What came of a node.
struct Done {
    operators: Vec<OperatorReport>,
    waves: Vec<WaveReport>,
    drained: Vec<Drained>,
    view: View,
    /// Where its work ended.
    scope: Scope,
}

type Pending<'a> = Shared<BoxFuture<'a, Result<Arc<Done>, Failure>>>;

impl Run<'_> {
    /// Runs all nodes: one after another, or each as soon as those that it reads are done.
    pub(super) async fn graph(&mut self, nodes: &[Node]) -> Result<(), Failure> {
        check(nodes)?;
        let (ground, start) = (self.ground.clone(), View::start(&self.state));
        let mut pending: Vec<Pending<'_>> = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let reads: Vec<_> = node.reads.iter().map(|&earlier| pending[earlier].clone()).collect();
            let waits = match ground.executor.schedule {
                Schedule::Sequential => pending.last().cloned().into_iter().collect(),
                Schedule::Parallel => reads.clone(),
            };
            let layer = u32::try_from(self.layers.len() + index).expect("a graph has far fewer than 2^32 layers");
            let place = Place { node: index, layer, scope: self.scope.branch() };
            pending.push(run_node(ground.clone(), node, place, waits, reads, start.clone()).boxed().shared());
        }
        let done = join_all(pending).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let sink = |index: usize| nodes.iter().all(|node| !node.reads.contains(&index));
        let sinks: Vec<&Arc<Done>> = (0..done.len()).filter(|&index| sink(index)).map(|index| &done[index]).collect();
        let state = View::merged(&sinks.iter().map(|done| &done.view).collect::<Vec<_>>()).state;
        self.scope.follow(done.iter().map(|done| &done.scope));
        let first = self.layers.len();
        for (index, (node, done)) in nodes.iter().zip(&done).enumerate() {
            let reads = node.reads.iter().map(|earlier| first + earlier).collect();
            let (operators, waves) = (done.operators.clone(), done.waves.clone());
            self.layers.push(LayerReport { operators, reads: Some(reads), waves });
            self.drained.extend(done.drained.iter().map(|drained| (first + index, *drained)));
        }
        if !nodes.is_empty() {
            self.state = state;
        }
        Ok(())
    }
}

async fn run_node(
    ground: Ground<'_>,
    node: &Node,
    mut place: Place,
    waits: Vec<Pending<'_>>,
    reads: Vec<Pending<'_>>,
    start: View,
) -> Result<Arc<Done>, Failure> {
    let before = try_join_all(waits).await?;
    let read = try_join_all(reads).await?;
    place.scope.follow(before.iter().map(|done| &done.scope));
    let views: Vec<&View> = read.iter().map(|done| &done.view).collect();
    let view = if views.is_empty() { start } else { View::merged(&views) };
    let mut block = place.scope.enter(SpanKind::Layer(place.layer));
    let result = ground.race(&view.state, &node.race, &mut block, ground.executor.schedule).await;
    block.leave(|_| ());
    let raced = result?;
    let view = view.after(place.node, &raced);
    let Raced { operators, waves, drained, .. } = raced;
    Ok(Arc::new(Done { operators, waves, drained, view, scope: block }))
}

/// Where a node stands: in its graph, among the episode's layers, and in its trace.
struct Place {
    node: usize,
    layer: u32,
    scope: Scope,
}

fn check(nodes: &[Node]) -> Result<(), Failure> {
    for (index, node) in nodes.iter().enumerate() {
        if let Some(&reads) = node.reads.iter().find(|&&reads| reads >= index) {
            return Err(Failure::Order { node: index, reads });
        }
    }
    Ok(())
}
