//! A strip of camera pictures, evenly spread over the record.

use std::sync::Arc;

use eframe::egui::{
    ColorImage, CornerRadius, Image, Role, ScrollArea, TextureHandle, TextureOptions, Ui, Vec2,
    WidgetInfo,
};

use crate::{
    data::{Dataset, Frame},
    ui::{
        View, parts,
        text::moment,
        theme::{GAP_S, GAP_XS},
    },
};

/// Pictures in the strip.
const SHOWN: usize = 16;
/// Height of a picture.
const HEIGHT: f32 = 64.0;

/// The pictures of one dataset as textures.
#[derive(Default)]
pub(super) struct Thumbs {
    of: usize,
    textures: Vec<(String, TextureHandle)>,
}

impl Thumbs {
    /// Draws the strip.
    pub(super) fn ui(&mut self, ui: &mut Ui, view: &View<'_>, dataset: &Arc<Dataset>) {
        if dataset.media.frames.is_empty() {
            return;
        }
        self.load(ui, dataset);
        ui.add_space(GAP_XS);
        parts::caption(ui, &view.text.get("ui-data-camera"));
        ScrollArea::horizontal().id_salt("thumbs").show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = GAP_S;
                for (taken, texture) in &self.textures {
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 2.0;
                        picture_ui(ui, taken, texture);
                        parts::caption(ui, taken);
                    });
                }
            });
        });
    }

    fn load(&mut self, ui: &Ui, dataset: &Arc<Dataset>) {
        let of = Arc::as_ptr(dataset).addr();
        if self.of == of {
            return;
        }
        self.of = of;
        let frames = &dataset.media.frames;
        let every = frames.len().div_ceil(SHOWN).max(1);
        self.textures = frames
            .iter()
            .step_by(every)
            .filter_map(|frame| {
                let image = image_of(frame)?;
                let name = format!("thumb-{}", frame.time_ns);
                let texture = ui.ctx().load_texture(name, image, TextureOptions::LINEAR);
                let taken = moment(frame.time_ns, dataset.shown_offset_secs());
                let short = taken.get(5..).unwrap_or(&taken).to_owned();
                Some((short, texture))
            })
            .collect();
    }
}

fn picture_ui(ui: &mut Ui, taken: &str, texture: &TextureHandle) {
    let [width, height] = texture.size();
    let size = Vec2::new(HEIGHT * width as f32 / height.max(1) as f32, HEIGHT);
    let image = Image::from_texture((texture.id(), size)).corner_radius(CornerRadius::same(4));
    let response = ui.add(image);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, taken));
}

/// `None` where the thumbnail's bytes do not fit its size.
fn image_of(frame: &Frame) -> Option<ColorImage> {
    let size = [frame.thumb_width, frame.thumb_height];
    let fits = size[0] > 0 && size[1] > 0 && frame.thumb_rgb.len() == size[0] * size[1] * 3;
    fits.then(|| ColorImage::from_rgb(size, &frame.thumb_rgb))
}
