//! A picture as cells of pixels, in the order in which the net reads and paints them.

/// Side of a cell in pixels.
pub(super) const SIDE: usize = 4;

/// Where the values of a picture lie among cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Canvas {
    /// Rows and columns of cells.
    pub(super) cells: [usize; 2],
    /// For each value of each cell its place in the picture; `None` beyond the edge.
    places: Vec<Option<usize>>,
}

impl Canvas {
    /// The cells of an RGB picture.
    pub(super) fn new(width: usize, height: usize) -> Self {
        let cells = [height.div_ceil(SIDE), width.div_ceil(SIDE)];
        let mut places = Vec::with_capacity(cells[0] * cells[1] * Self::N_VALUES);
        for cell in 0..cells[0] * cells[1] {
            for value in 0..Self::N_VALUES {
                let (pixel, color) = (value / 3, value % 3);
                let y = cell / cells[1] * SIDE + pixel / SIDE;
                let x = cell % cells[1] * SIDE + pixel % SIDE;
                let is_inside = y < height && x < width;
                places.push(is_inside.then_some((y * width + x) * 3 + color));
            }
        }
        Self { cells, places }
    }

    /// Values of a cell.
    pub(super) const N_VALUES: usize = 3 * SIDE * SIDE;

    /// How many cells there are.
    pub(super) fn n_cells(&self) -> usize {
        self.cells[0] * self.cells[1]
    }

    /// A picture's values cell by cell; 0 beyond the edge.
    pub(super) fn to_cells(&self, picture: &[f32]) -> Vec<f32> {
        let of = |place: &Option<usize>| place.and_then(|at| picture.get(at)).copied();
        self.places
            .iter()
            .map(|place| of(place).unwrap_or(0.0))
            .collect()
    }

    /// Adds values that lie cell by cell to a picture, each times a factor.
    pub(super) fn add(&self, picture: &mut [f32], cells: &[f32], factor: f32) {
        for (place, value) in self.places.iter().zip(cells) {
            if let Some(target) = place.and_then(|at| picture.get_mut(at)) {
                *target += factor * value;
            }
        }
    }

    /// For each cell the nine cells around it and itself, the edge repeated beyond it.
    pub(super) fn around(&self) -> Vec<u32> {
        let [height, width] = self.cells;
        let mut list = Vec::with_capacity(9 * height * width);
        for cell in 0..height * width {
            for tap in 0..9 {
                let y = (cell / width + tap / 3).saturating_sub(1).min(height - 1);
                let x = (cell % width + tap % 3).saturating_sub(1).min(width - 1);
                list.push(u32::try_from(y * width + x).unwrap_or(u32::MAX));
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_back_from_its_cells_also_where_they_stick_out() {
        let canvas = Canvas::new(7, 5);
        let picture: Vec<f32> = (0..105_u8).map(f32::from).collect();
        let mut again = vec![0.0; 105];
        canvas.add(&mut again, &canvas.to_cells(&picture), 1.0);
        assert_eq!(again, picture);
        assert_eq!(canvas.cells, [2, 2]);
    }

    #[test]
    fn around_a_corner_the_edge_is_repeated() {
        let around = Canvas::new(12, 8).around();
        assert_eq!(around[..9], [0, 0, 1, 0, 0, 1, 3, 3, 4]);
        assert_eq!(around[9 * 4..9 * 5], [0, 1, 2, 3, 4, 5, 3, 4, 5]);
    }
}
