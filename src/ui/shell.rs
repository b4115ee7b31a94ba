//! The window: brings the program, the screen and the desktop together.

use std::{path::PathBuf, sync::Arc, time::Duration};

use eframe::egui::{self, Context, IconData, ViewportBuilder, ViewportCommand};

use super::{
    Outbox, Screen, View,
    dialogs::{DialogAnswer, Dialogs, NativeDialogs},
    opener::Opener,
    theme::Theme,
};
use crate::{
    app::{self, AppError, AppOptions, Command, Driver, Effect, Settings, Wake, WindowCommand},
    base::{Clock, Locale, Phrase, SystemClock, Text},
};

/// How often a waiting comparison is looked after.
const SOON: Duration = Duration::from_millis(50);

/// What the window is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Renderer {
    /// Vulkan, Metal or Direct3D.
    #[default]
    Wgpu,
    /// OpenGL.
    Glow,
}

/// How the window starts.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// The project to open; `None` = the example.
    pub project: Option<PathBuf>,
    /// What the window is drawn with.
    pub renderer: Renderer,
    /// Dark or light; `None` = as last time, dark at first.
    pub dark: Option<bool>,
    /// The language; `None` = as last time, English at first.
    pub locale: Option<Locale>,
    /// Open the example even where a project is named.
    pub demo: bool,
}

impl RunOptions {
    /// Everything else as last time.
    pub fn new(project: Option<PathBuf>, locale: Option<Locale>, is_glow: bool) -> Self {
        Self {
            project,
            renderer: if is_glow {
                Renderer::Glow
            } else {
                Renderer::Wgpu
            },
            dark: None,
            locale,
            demo: false,
        }
    }
}

/// The window could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The graphics could not be started.
    #[error("no window could be opened: {0}")]
    Window(#[from] eframe::Error),
    /// The program could not be started.
    #[error(transparent)]
    App(#[from] AppError),
}

impl RunError {
    /// The next step, in English.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Window(_) => Some(
                "try --renderer glow, or the command line; `gemba doctor` says what is missing"
                    .to_owned(),
            ),
            Self::App(error) => error.hint(),
        }
    }

    /// What is wrong and the next step, in a language.
    pub fn said(&self, locale: Locale) -> (String, Option<String>) {
        let text = Text::new(locale);
        match self {
            Self::Window(why) => {
                let said = Phrase::new("error-no-window", self.to_string()).with("why", why);
                let hint = self.hint().map(|hint| text.say_hint(&said, &hint));
                (text.say(&said), hint)
            }
            Self::App(error) => (error.full_text(&text), error.hint_in(&text)),
        }
    }
}

/// Opens the window and returns when it is closed.
///
/// # Errors
///
/// [`RunError`] where there is no display or no usable graphics.
pub fn run(options: RunOptions) -> Result<(), RunError> {
    let data_dir = app::data_dir();
    let settings = data_dir.as_deref().map(Settings::load).unwrap_or_default();
    let app_options = AppOptions {
        locale: options.locale.or(settings.locale).unwrap_or_default(),
        dark: options.dark.or(settings.dark).unwrap_or(true),
        layout: settings.layout,
        recent: settings.recent,
        data_dir,
        clock: Arc::new(SystemClock::new()) as Arc<dyn Clock>,
    };
    let project = options.project.filter(|_| !options.demo);
    let native = native_options(options.renderer);
    eframe::run_native(
        "Gemba",
        native,
        Box::new(move |creation| {
            let shell = Shell::start(&creation.egui_ctx, app_options, project)?;
            Ok(Box::new(shell))
        }),
    )?;
    Ok(())
}

fn native_options(renderer: Renderer) -> eframe::NativeOptions {
    let viewport = ViewportBuilder::default()
        .with_title("Gemba")
        .with_app_id("gemba")
        .with_inner_size([1440.0, 900.0])
        .with_min_inner_size([960.0, 600.0])
        .with_icon(icon());
    let mut native = eframe::NativeOptions {
        viewport,
        renderer: match renderer {
            Renderer::Wgpu => eframe::Renderer::Wgpu,
            Renderer::Glow => eframe::Renderer::Glow,
        },
        centered: true,
        dithering: false,
        ..eframe::NativeOptions::default()
    };
    // What the hand does is seen one frame later, not three.
    native.wgpu_options.surface.desired_maximum_frame_latency = Some(1);
    // The strong card is for training.
    if let eframe::egui_wgpu::WgpuSetup::CreateNew(setup) = &mut native.wgpu_options.wgpu_setup {
        setup.power_preference = eframe::wgpu::PowerPreference::LowPower;
    }
    native
}

/// The mark of the top bar as a picture of 64 pixels.
fn icon() -> IconData {
    const SIDE: u32 = 64;
    let color = Theme { dark: true }.a();
    let is_block = |x: u32, y: u32| {
        let upper = (10..31).contains(&x) && (4..32).contains(&y);
        let lower = (33..54).contains(&x) && (32..60).contains(&y);
        upper || lower
    };
    let mut rgba = Vec::new();
    for y in 0..SIDE {
        for x in 0..SIDE {
            let alpha = if is_block(x, y) { 255 } else { 0 };
            rgba.extend([color.r(), color.g(), color.b(), alpha]);
        }
    }
    IconData {
        rgba,
        width: SIDE,
        height: SIDE,
    }
}

struct Shell {
    driver: Driver,
    screen: Screen,
    dialogs: Box<dyn Dialogs>,
    opener: Opener,
    out: Outbox,
    dark: bool,
}

impl Shell {
    fn start(
        ctx: &Context,
        options: AppOptions,
        project: Option<PathBuf>,
    ) -> Result<Self, AppError> {
        Theme::load_fonts(ctx);
        let dark = options.dark;
        Theme::apply(ctx, dark);
        let awake = ctx.clone();
        let wake: Wake = Arc::new(move |after_secs| {
            awake.request_repaint_after(Duration::from_secs_f64(after_secs));
        });
        let screen = Screen::with_layout(&options.layout);
        let mut driver = Driver::start(options, &wake)?;
        driver.open_first(project);
        Ok(Self {
            driver,
            screen,
            dialogs: Box::new(NativeDialogs::default()),
            opener: Opener::default(),
            out: Outbox::default(),
            dark,
        })
    }

    /// Takes commands and the worker's news in, and carries out what only the window can do.
    fn turn(&mut self, commands: Vec<Command>, ctx: &Context) {
        for effect in self.driver.turn(commands) {
            self.run(effect, ctx);
        }
    }

    fn run(&mut self, effect: Effect, ctx: &Context) {
        match self.screen.run(effect) {
            Some(Effect::OpenDialog(dialog)) => {
                self.dialogs.ask(dialog, self.driver.app().text(), ctx);
            }
            Some(Effect::ShowFile(path)) => self.opener.show(&path),
            Some(Effect::Quit) => ctx.send_viewport_cmd(ViewportCommand::Close),
            _ => {}
        }
    }
}

impl eframe::App for Shell {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        let mut commands = Vec::new();
        match self.dialogs.poll() {
            Some(DialogAnswer::Chosen(command)) => commands.push(command),
            Some(DialogAnswer::Missing(dialog)) => {
                let loaded = self.driver.app().session().loaded.as_ref();
                let project = loaded.map(|loaded| loaded.path.as_path());
                self.screen.ask_place(dialog, project);
            }
            Some(DialogAnswer::Cancelled) | None => {}
        }
        let not_shown = self.opener.failed().into_iter();
        commands.extend(not_shown.map(|path| Command::Window(WindowCommand::NotShown(path))));
        self.turn(commands, ctx);
        let dark = self.driver.app().session().dark;
        if dark != self.dark {
            self.dark = dark;
            Theme::apply(ctx, dark);
        }
        if self.driver.is_waiting() || self.opener.is_waiting() {
            ctx.request_repaint_after(SOON);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let app = self.driver.app();
        let view = View {
            session: app.session(),
            text: app.text(),
            is_test: false,
        };
        self.screen.ui(ui, &view, &mut self.out);
        let commands = self.out.take();
        if !commands.is_empty() {
            // At once, and this very frame shows what came of it: where drawing is slow, the next
            // one would come late.
            self.turn(commands, ui.ctx());
            ui.ctx().request_discard("a command was carried out");
            ui.ctx().request_repaint();
        }
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        Theme { dark: self.dark }.bg0().to_normalized_gamma_f32()
    }
}
