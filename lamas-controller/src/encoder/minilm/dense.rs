//! `x W + b`, with W laid out beforehand as the kernels read it.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use candle_nn::VarBuilder;
use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::NdTensorView;

/// One or several dense layers of the same inputs, side by side.
pub struct Dense {
    /// W: `[inputs, outputs]`.
    weight: PackedBMatrix<f32>,
    bias: Vec<f32>,
}

impl Dense {
    /// Reads the layers. The file keeps weights as `[outputs, inputs]`.
    pub fn build(parts: &[VarBuilder<'_>], (inputs, outputs): (usize, usize)) -> Result<Self> {
        let mut values = Vec::new();
        let mut bias = Vec::new();
        for part in parts {
            values.extend(part.get((outputs, inputs), "weight")?.flatten_all()?.to_vec1::<f32>()?);
            bias.extend(part.get(outputs, "bias")?.to_vec1::<f32>()?);
        }
        let transposed = NdTensorView::from_data([bias.len(), inputs], values.as_slice()).transposed();
        Ok(Self { weight: kernels().prepack_b(transposed), bias })
    }

    /// The layer of these rows.
    ///
    /// # Shapes
    /// `rows: [rows, inputs]` to `[rows, outputs]`.
    pub fn of(&self, rows: &Tensor) -> Result<Tensor> {
        rows.apply_op1_no_bwd(self)
    }
}

/// Those for this processor. Found anew each time, which costs nothing, since they cannot be sent between threads.
fn kernels() -> GemmExecutor {
    GemmExecutor::new()
}

impl CustomOp1 for Dense {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, inputs) = layout.shape().dims2()?;
        let (CpuStorage::F32(values), Some((start, end))) = (storage, layout.contiguous_offsets()) else {
            bail!("expected 32-bit floats without gaps");
        };
        let values = NdTensorView::from_data([rows, inputs], &values[start..end]);
        let mut out = vec![0.0; rows * self.bias.len()];
        let options = GemmOptions { bias: Some(BiasVector::Row(&self.bias)), ..GemmOptions::default() };
        kernels()
            .gemm(&mut out, GemmInputA::Unpacked(values), GemmInputB::Packed(&self.weight), options)
            .map_err(|error| candle_core::Error::Msg(format!("a dense layer: {error:?}")))?;
        Ok((CpuStorage::F32(out), Shape::from((rows, self.bias.len()))))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use candle_core::{DType, Device};

    use super::*;

    fn values(shape: impl Into<Shape>, start: usize) -> Tensor {
        let shape = shape.into();
        let values: Vec<f32> =
            (start..start + shape.elem_count()).map(|i| ((i * 37 % 101) as f32 - 50.0) / 90.0).collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    /// The library's own product is the reference; the model's files need not be there.
    #[test]
    fn layers_side_by_side_are_products_with_their_biases() {
        let (inputs, outputs) = (300, 35);
        let parts = [0, 1].map(|part| (values((outputs, inputs), 7 * part), values(outputs, 3 * part)));
        let dense = Dense::build(
            &parts.clone().map(|(weight, bias)| {
                let tensors = HashMap::from([("weight".to_owned(), weight), ("bias".to_owned(), bias)]);
                VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu)
            }),
            (inputs, outputs),
        )
        .unwrap();
        // Rows of a larger tensor, more of them than a block of the kernels holds.
        let rows = values((90, inputs), 11).narrow(0, 3, 80).unwrap();
        let each = parts.map(|(weight, bias)| rows.matmul(&weight.t().unwrap()).unwrap().broadcast_add(&bias).unwrap());
        let (ours, theirs) = (dense.of(&rows).unwrap(), Tensor::cat(&each, 1).unwrap());
        assert_eq!(ours.dims(), [80, 2 * outputs]);
        let furthest = (ours - theirs).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
        assert!(furthest < 1e-4, "{furthest}");
        assert!(dense.of(&rows.t().unwrap()).is_err());
    }
}
