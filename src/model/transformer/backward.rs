//! The gradient of a loss on the forward pass, layer by layer from the end.

use super::{
    attention::{self, Turns},
    kernel::{Mat, product, transpose, turned_product},
    layout::{Layout, Part},
    net::{Normed, Shape, Tape, Tokens, add, dot},
};

/// Weights and where their gradient goes.
struct Ledger<'a> {
    layout: &'a Layout,
    theta: &'a [f32],
    grad: &'a mut [f32],
}

impl Ledger<'_> {
    fn grad_of(&mut self, part: Part) -> &mut [f32] {
        let range = self.layout.range(part);
        &mut self.grad[range]
    }

    /// Takes the gradient of `input · weight`; gives that of the input.
    fn linear(
        &mut self,
        part: Part,
        input: &[f32],
        d_output: &[f32],
        size: [usize; 2],
    ) -> Vec<f32> {
        let [n_in, n_out] = size;
        let n_rows = d_output.len() / n_out;
        self.weights(part, input, d_output, size);
        let weight = Mat::new(self.layout.get(self.theta, part), n_out);
        let turned = transpose(weight, size, n_in);
        let mut d_input = vec![0.0; n_rows * n_in];
        let mats = (Mat::new(d_output, n_out), Mat::new(&turned, n_in));
        let size = [n_rows, n_out, n_in];
        product(mats.0, mats.1, (&mut d_input, n_in), size);
        d_input
    }

    fn weights(&mut self, part: Part, input: &[f32], d_output: &[f32], [n_in, n_out]: [usize; 2]) {
        let n_rows = d_output.len() / n_out;
        let mats = (Mat::new(input, n_in), Mat::new(d_output, n_out));
        let target = self.grad_of(part);
        let size = [n_in, n_rows, n_out];
        turned_product(mats.0, mats.1, (target, n_out), size);
    }

    fn bias(&mut self, part: Part, d_output: &[f32]) {
        let target = self.grad_of(part);
        for row in d_output.chunks_exact(target.len()) {
            add(target, row);
        }
    }

    /// Takes the gradient of a normalisation; adds that of its input to `d_input`.
    fn norm(&mut self, part: Part, input: &[f32], normed: &Normed, from: (&[f32], &mut [f32])) {
        let (d_output, d_input) = from;
        let gain = self.layout.get(self.theta, part).to_vec();
        let d = gain.len();
        let d_gain = self.grad_of(part);
        let mut pulled = vec![0.0; d];
        let rows = d_output.chunks_exact(d).zip(d_input.chunks_exact_mut(d));
        let inputs = input.chunks_exact(d).zip(&normed.inverse);
        for ((slopes, d_input), (x, &inverse)) in rows.zip(inputs) {
            for ((pulled, slope), gain) in pulled.iter_mut().zip(slopes).zip(&gain) {
                *pulled = slope * gain;
            }
            let along = dot(&pulled, x) * inverse * inverse / d as f32;
            for (at, d_input) in d_input.iter_mut().enumerate() {
                d_gain[at] += slopes[at] * x[at] * inverse;
                *d_input += inverse * (pulled[at] - along * x[at]);
            }
        }
    }
}

/// The gradient of all weights, given that of corrections and log scales.
///
/// # Shapes
///
/// - `d_out`: `[N, H, 2 O]`
pub(super) fn backward(
    layout: &Layout,
    theta: &[f32],
    tokens: &Tokens,
    tape: &Tape,
    d_out: &[f32],
    grad: &mut [f32],
) {
    let dims = &layout.dims;
    let (d, f) = (dims.width, dims.n_hidden());
    let turns = Turns::new(dims, dims.n_past + tokens.n_ahead);
    grad.fill(0.0);
    let mut ledger = Ledger {
        layout,
        theta,
        grad,
    };
    ledger.bias(Part::HeadBias, d_out);
    let size = [d, dims.n_out()];
    let d_normed = ledger.linear(Part::Head, &tape.last_normed.rows, d_out, size);
    let mut d_x = vec![0.0; d_normed.len()];
    let from = (d_normed.as_slice(), d_x.as_mut_slice());
    ledger.norm(Part::HeadGain, &tape.last, &tape.last_normed, from);
    for (at, layer) in tape.layers.iter().enumerate().rev() {
        let shape = Shape::of(dims, tokens, at);
        let mut d_hidden = ledger.linear(Part::Back(at), &layer.hidden[1], &d_x, [f, d]);
        for (slope, raw) in d_hidden.iter_mut().zip(&layer.hidden[0]) {
            *slope *= 2.0 * raw.max(0.0);
        }
        ledger.bias(Part::HiddenBias(at), &d_hidden);
        let rows = &layer.middle_normed.rows;
        let d_normed = ledger.linear(Part::Hidden(at), rows, &d_hidden, [d, f]);
        let mut d_middle = d_x;
        let from = (d_normed.as_slice(), d_middle.as_mut_slice());
        let normed = &layer.middle_normed;
        ledger.norm(Part::HiddenGain(at), &layer.middle, normed, from);
        let d_seen = ledger.linear(Part::Merge(at), &layer.seen, &d_middle, [d, d]);
        let kept = (layer.attend.as_slice(), layer.weights.as_slice());
        let mut d_attend = attention::backward(dims, shape, kept, &d_seen);
        turns.turn_back(dims, &mut d_attend);
        let size = [d, 3 * d];
        let d_normed = ledger.linear(Part::Attend(at), &layer.normed.rows, &d_attend, size);
        d_x = vec![0.0; layer.input.len()];
        let from = (d_normed.as_slice(), d_x.as_mut_slice());
        ledger.norm(Part::Gain(at), &layer.input, &layer.normed, from);
        let len = shape.n_rows() * d;
        for lane in 0..shape.n_lanes {
            let start = (lane * shape.n_tokens + shape.first) * d;
            add(&mut d_x[start..start + len], &d_middle[lane * len..][..len]);
        }
    }
    ledger.weights(Part::Embed, &tokens.values, &d_x, [dims.n_token(), d]);
}
