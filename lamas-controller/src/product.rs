//! Matrix products, each on the thread that asks for it.
//!
//! The tensor library's own product reads a file of the kernel's for the number of processors each time, which takes longer
//! than a product of this network does, and spreads larger ones over threads that are busy with other cells. This one calls
//! the same kernels, so that the values are the same.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use gemm::{Parallelism, gemm};

/// `a b`, differentiable.
///
/// # Shapes
/// `a: [m, k]` and `b: [k, n]` to `[m, n]`, or `a: [batch, m, k]` and `b: [batch, k, n]` to `[batch, m, n]`.
///
/// # Errors
/// When the shapes do not fit.
pub fn product(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    a.apply_op2(b, Product)
}

struct Product;

impl CustomOp2 for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn cpu_fwd(&self, a: &CpuStorage, a_at: &Layout, b: &CpuStorage, b_at: &Layout) -> Result<(CpuStorage, Shape)> {
        let (left, right) = (Matrices::of(a_at)?, Matrices::of(b_at)?);
        if (left.count, left.columns) != (right.count, right.rows) {
            bail!("the product of {:?} and {:?}", a_at.shape(), b_at.shape());
        }
        let product = match (a, b) {
            (CpuStorage::F32(a), CpuStorage::F32(b)) => CpuStorage::F32(multiply(a, left, b, right, 0.0, 1.0)),
            (CpuStorage::F64(a), CpuStorage::F64(b)) => CpuStorage::F64(multiply(a, left, b, right, 0.0, 1.0)),
            _ => bail!("a product of 32-bit or of 64-bit floats"),
        };
        let [single, batch] = [vec![left.rows, right.columns], vec![left.count, left.rows, right.columns]];
        Ok((product, Shape::from(if a_at.dims().len() == 2 { single } else { batch })))
    }

    fn bwd(&self, a: &Tensor, b: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        // Queries and operators are constants: nobody asks for their gradients.
        let of_a = a.track_op().then(|| product(gradient, &b.t()?));
        let of_b = b.track_op().then(|| product(&a.t()?, gradient));
        Ok((of_a.transpose()?, of_b.transpose()?))
    }
}

/// How matrices lie in memory: the first element, the distance from one matrix, row and column to the next.
#[derive(Clone, Copy)]
struct Matrices {
    count: usize,
    rows: usize,
    columns: usize,
    start: usize,
    strides: [usize; 3],
}

impl Matrices {
    fn of(layout: &Layout) -> Result<Self> {
        let start = layout.start_offset();
        match (layout.dims(), layout.stride()) {
            (&[rows, columns], &[row, column]) => {
                Ok(Self { count: 1, rows, columns, start, strides: [0, row, column] })
            }
            (&[count, rows, columns], &[matrix, row, column]) => {
                Ok(Self { count, rows, columns, start, strides: [matrix, row, column] })
            }
            (dims, _) => bail!("a matrix or a batch of them, not {dims:?}"),
        }
    }

    /// Whether all elements lie within storage of this length.
    fn fit(self, length: usize) -> bool {
        let last = [self.count, self.rows, self.columns].into_iter().zip(self.strides);
        let furthest: Option<usize> = last.map(|(size, stride)| size.checked_sub(1).map(|last| last * stride)).sum();
        furthest.is_none_or(|furthest| self.start + furthest < length)
    }
}

#[expect(unsafe_code, reason = "the kernels take pointers")]
fn multiply<T: Copy + 'static>(a: &[T], left: Matrices, b: &[T], right: Matrices, zero: T, one: T) -> Vec<T> {
    let (m, k, n) = (left.rows, left.columns, right.columns);
    assert!(left.fit(a.len()) && right.fit(b.len()), "a layout that leaves its storage");
    let mut product = vec![zero; left.count * m * n];
    if product.is_empty() || k == 0 {
        return product;
    }
    for (matrix, target) in product.chunks_exact_mut(m * n).enumerate() {
        let a = &a[left.start + matrix * left.strides[0]..];
        let b = &b[right.start + matrix * right.strides[0]..];
        let [_, a_row, a_column] = left.strides.map(usize::cast_signed);
        let [_, b_row, b_column] = right.strides.map(usize::cast_signed);
        // SAFETY: `target` has m x n elements, row by row; the elements of `a` and `b` that the strides reach lie within
        // them, as was just asserted; `target` overlaps neither.
        unsafe {
            gemm(
                m,
                n,
                k,
                target.as_mut_ptr(),
                1,
                n.cast_signed(),
                false,
                a.as_ptr(),
                a_column,
                a_row,
                b.as_ptr(),
                b_column,
                b_row,
                zero,
                one,
                false,
                false,
                false,
                Parallelism::None,
            );
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Var};

    use super::*;

    fn values(shape: impl Into<Shape>, dtype: DType) -> Tensor {
        let shape = shape.into();
        let values: Vec<f64> = (0..shape.elem_count()).map(|i| ((i * 37 % 101) as f64 - 50.0) / 9.0).collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
    }

    fn same(ours: &Tensor, theirs: &Tensor) {
        assert_eq!(ours.dims(), theirs.dims());
        let numbers = |tensor: &Tensor| tensor.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>();
        assert_eq!(numbers(ours).unwrap(), numbers(theirs).unwrap());
    }

    #[test]
    fn products_are_the_librarys_to_the_last_bit() {
        for dtype in [DType::F32, DType::F64] {
            let (a, b) = (values((5, 30), dtype), values((30, 7), dtype));
            same(&product(&a, &b).unwrap(), &a.matmul(&b).unwrap());
            let (transposed, narrow) = (values((30, 5), dtype), values((60, 7), dtype));
            let (transposed, narrow) = (transposed.t().unwrap(), narrow.narrow(0, 20, 30).unwrap());
            same(&product(&transposed, &narrow).unwrap(), &transposed.matmul(&narrow).unwrap());
            let (a, b) = (values((3, 5, 30), dtype), values((3, 30, 49), dtype));
            same(&product(&a, &b).unwrap(), &a.matmul(&b).unwrap());
            let (a, b) = (values((5, 3, 30), dtype), values((3, 49, 30), dtype));
            let (a, b) = (a.transpose(0, 1).unwrap(), b.t().unwrap());
            same(&product(&a, &b).unwrap(), &a.contiguous().unwrap().matmul(&b).unwrap());
        }
    }

    #[test]
    fn gradients_are_the_librarys_to_the_last_bit() {
        let a = Var::from_tensor(&values((2, 5, 30), DType::F32)).unwrap();
        let b = Var::from_tensor(&values((2, 30, 7), DType::F32)).unwrap();
        let gradients = |product: Tensor| product.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        let (ours, theirs) = (gradients(product(&a, &b).unwrap()), gradients(a.matmul(&b).unwrap()));
        same(ours.get(&a).unwrap(), theirs.get(&a).unwrap());
        same(ours.get(&b).unwrap(), theirs.get(&b).unwrap());
        assert!(gradients(product(&a.detach(), &b).unwrap()).get(&a).is_none());
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert!(product(&values((5, 30), DType::F32), &values((29, 7), DType::F32)).is_err());
        assert!(product(&values((5, 30), DType::F32), &values((30, 7), DType::F64)).is_err());
        assert!(product(&values((2, 5, 30), DType::F32), &values((3, 30, 7), DType::F32)).is_err());
        let empty = product(&values((0, 30), DType::F32), &values((30, 7), DType::F32)).unwrap();
        assert_eq!(empty.dims(), [0, 7]);
    }
}
