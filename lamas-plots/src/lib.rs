//! The figures of LAMaS: plain typed series in, SVG, PNG and PDF out.
//!
//! A figure is a struct of series; [`save`] draws it with the looks of a [`Theme`] and writes it. Nothing here runs an
//! experiment or reads a result: whatever a figure says, the caller put into it, including the note that marks data
//! as simulated. The same figure and theme give the same bytes on every machine, because the font is bundled.

mod axis;
mod canvas;
mod dots;
mod error;
mod estimate;
mod font;
mod front;
mod graph;
mod grid;
mod growth;
mod heatmap;
mod histogram;
mod labels;
mod learning;
mod legend;
mod marker;
mod output;
mod panel;
mod sheet;
mod theme;
mod timeline;
mod usage;

pub use canvas::Svg;
pub use dots::{DotPanel, DotSeries, Dots};
pub use error::PlotError;
pub use estimate::{Estimate, Interval, Measure};
pub use front::{Front, FrontPanel, FrontPoint, FrontSeries};
pub use graph::{Graph, GraphLayer, GraphNode, GraphPanel};
pub use growth::{Growth, GrowthPanel, GrowthSeries};
pub use heatmap::{Categories, HeatMap, HeatPanel};
pub use histogram::{Histogram, HistogramPanel};
pub use learning::{Learning, LearningCurve, LearningPanel};
pub use output::{Figure, Format, PNG_SCALE, save};
pub use theme::Theme;
pub use timeline::{Fate, Timeline, TimelineSpan, TimelineTrace};
pub use usage::{OperatorShare, Usage, UsageLayer, UsageRow};
