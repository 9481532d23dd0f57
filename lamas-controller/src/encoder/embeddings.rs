use candle_core::{DType, Device, Tensor};

use crate::{ControllerError, Result};

/// Embedded texts: `[texts, dimensions]`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    dimensions: usize,
    values: Vec<f32>,
}

impl Embeddings {
    /// Embeddings from their values, `[texts, dimensions]`; rows are brought to unit length.
    ///
    /// # Errors
    /// When the values do not fill whole rows.
    pub fn normalised(dimensions: usize, mut values: Vec<f32>) -> Result<Self> {
        if dimensions == 0 || !values.len().is_multiple_of(dimensions) {
            return Err(ControllerError::Shape {
                operation: "embeddings",
                expected: format!("rows of {dimensions} values"),
                got: format!("{} values", values.len()),
            });
        }
        for row in values.chunks_exact_mut(dimensions) {
            let norm = row.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
            if norm > 0.0 {
                row.iter_mut().for_each(|x| *x = (f64::from(*x) / norm) as f32);
            }
        }
        Ok(Self { dimensions, values })
    }

    /// Rows that were of unit length when they were kept, bit by bit.
    pub(super) fn as_they_are(dimensions: usize, values: Vec<f32>) -> Self {
        Self { dimensions, values }
    }

    /// All values, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The same rows in another order: row `i` is this one's row `order[i]`.
    ///
    /// # Panics
    /// When there are fewer texts.
    #[must_use]
    pub fn reordered(&self, order: &[usize]) -> Self {
        let values = order.iter().flat_map(|&text| self.row(text)).copied().collect();
        Self { dimensions: self.dimensions, values }
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.dimensions
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The length of a row.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// One text's embedding.
    ///
    /// # Panics
    /// When there are fewer texts.
    #[must_use]
    pub fn row(&self, text: usize) -> &[f32] {
        &self.values[text * self.dimensions..][..self.dimensions]
    }

    /// Some rows as a tensor.
    ///
    /// # Shapes
    /// `[rows, dimensions]`.
    ///
    /// # Errors
    /// When a row does not exist.
    pub fn tensor(&self, rows: &[usize], dtype: DType) -> Result<Tensor> {
        if let Some(missing) = rows.iter().find(|&&row| row >= self.len()) {
            return Err(ControllerError::Shape {
                operation: "rows of embeddings",
                expected: format!("rows below {}", self.len()),
                got: format!("row {missing}"),
            });
        }
        let values: Vec<f32> = rows.iter().flat_map(|&row| self.row(row)).copied().collect();
        Ok(Tensor::from_vec(values, (rows.len(), self.dimensions), &Device::Cpu)?.to_dtype(dtype)?)
    }
}
