// Moving the weights; continues `step.cu`.

// A member's optimiser beside its arrays.
struct Course { double train; float rate_share; int n_adam, n_bad_row, n_bad, pad; };

// Whether the spectral radius exceeds 1, and by how much: Gelfand's formula as in
// `optimizer::spectral_radius`, left as soon as a power is seen to shrink. Gives 0 there. Every
// warp sums the squares for itself, so that a squaring costs one barrier.
__device__ double radius_above_one(const float *core, int n, int width, double *power, double *next) {
    double log_norm = 0.0;
    for (int i = threadIdx.x; i < n * n; i += blockDim.x) power[i] = core[i / n * width + i % n];
    __syncthreads();
    for (int square = 0; square <= 14; ++square) {
        double part = 0.0;
        for (int i = threadIdx.x % 32; i < n * n; i += 32) part += power[i] * power[i];
        double norm = sqrt(warp_total(part));
        if (!(norm > 0.0 && norm < 1e300)) return 0.0;
        log_norm += log(norm);
        if (log_norm < 0.0) return 0.0;
        if (square == 14) return exp(log_norm / 16384.0);
        log_norm *= 2.0;
        double inverse = 1.0 / (norm * norm);
        for (int i = threadIdx.x; i < n * n; i += blockDim.x) {
            double sum = 0.0;
            for (int k = 0; k < n; ++k) sum += power[i / n * n + k] * power[k * n + i % n];
            next[i] = sum * inverse;
        }
        __syncthreads();
        double *swap = power; power = next; next = swap;
    }
    return 0.0;
}

// One number's AdamW; gives the weight.
__device__ inline float move_weight(float weight, float slope, float *first, float *second, float size,
                                    float decay, float correct_first, float correct_second) {
    float one = *first + (1.0f - 0.9f) * (slope - *first);
    float two = *second + (1.0f - 0.99f) * (slope * slope - *second);
    *first = one; *second = two;
    float move = size * (one / correct_first) / (sqrtf(two / correct_second) + 1e-8f);
    return weight - (decay * weight + move);
}

// What a member's course becomes by a step; at the third bad gradient in a row it begins anew from
// its best weights with half the step size.
__device__ inline Course course_after(Course course, bool is_sound, double loss, bool is_first) {
    if (is_sound) {
        double stay = is_first ? 0.0 : 0.98;
        course.train = stay * course.train + (1.0 - stay) * loss;
        course.n_bad_row = 0;
        course.n_adam += 1;
        return course;
    }
    course.n_bad_row += 1;
    course.n_bad += 1;
    if (course.n_bad_row >= 3) {
        course.n_bad_row = 0;
        course.rate_share *= 0.5f;
        course.n_adam = 0;
    }
    return course;
}

// Clip, AdamW, stability and the running mean of weights, as `optimizer.rs`. `kinds`: bit 0 =
// nonlinear part, bit 1 = held small. The first block of a member takes the core alone, because
// its stability must be known before the mean is taken; the others share what is left. Courses are
// read from one array and written to another: other blocks of a member may not have begun.
extern "C" __global__ void update(Sizes z, float rate_residual, float rate_linear, float rate_decay,
    float rate_keep, int is_first, int n_squares, const unsigned char *kinds, const float *grads,
    const double *squares, const double *losses, const float *bests, float *thetas, float *firsts,
    float *seconds, float *mean_weights, const Course *courses, Course *next_courses) {
    extern __shared__ double doubles[];
    size_t from = (size_t)blockIdx.y * z.n_params;
    const float *grad = grads + from, *best = bests + from;
    float *theta = thetas + from, *first = firsts + from, *second = seconds + from;
    float *average = mean_weights + from;
    const Course course = courses[blockIdx.y];
    double part = 0.0, loss = losses[blockIdx.y];
    for (int i = threadIdx.x % 32; i < n_squares; i += 32) part += squares[(size_t)blockIdx.y * n_squares + i];
    part = warp_total(part);
    bool is_sound = part < 1e300 && fabs(loss) < 1e300;
    int D = z.n_state + z.n_in, core = z.part[CORE], n_core = (z.n_state + z.n_obs) * D;
    bool is_core = blockIdx.x == 0;
    int low = is_core ? core : (blockIdx.x - 1) * blockDim.x, high = is_core ? core + n_core : z.n_params;
    int stride = is_core ? blockDim.x : (gridDim.x - 1) * blockDim.x;
    if (is_core && threadIdx.x == 0) next_courses[blockIdx.y] = course_after(course, is_sound, loss, is_first);
    if (!is_sound) {
        if (course.n_bad_row < 2) return;
        for (int p = low + threadIdx.x; p < high; p += stride) {
            if (!is_core && p >= core && p < core + n_core) continue;
            theta[p] = average[p] = best[p];
            first[p] = second[p] = 0.0f;
        }
        return;
    }
    double norm = sqrt(part);
    float cut_by = norm > 1.0 ? (float)(1.0 / norm) : 1.0f;
    float times = (float)min(course.n_adam + 1, 100000);
    float correct_first = 1.0f - powf(0.9f, times), correct_second = 1.0f - powf(0.99f, times);
    float keep = fminf(rate_keep, times / (times + 10.0f));
    for (int p = low + threadIdx.x; p < high; p += stride) {
        if (!is_core && p >= core && p < core + n_core) continue;
        float size = course.rate_share * (kinds[p] & 1 ? rate_residual : rate_linear);
        float decay = kinds[p] & 2 ? size * rate_decay : 0.0f;
        float weight = move_weight(theta[p], grad[p] * cut_by, first + p, second + p, size, decay,
                                   correct_first, correct_second);
        theta[p] = weight;
        if (!is_core) average[p] += (1.0f - keep) * (weight - average[p]);
    }
    if (!is_core) return;
    __syncthreads();
    int n = z.n_state;
    double radius = radius_above_one(theta + core, n, D, doubles, doubles + n * n);
    float shrink = radius > 1.0 && radius < 1e300 ? (float)(1.0 / radius) : 1.0f;
    for (int i = threadIdx.x; i < n_core; i += blockDim.x) {
        float weight = theta[core + i];
        if (i / D < n && i % D < n) theta[core + i] = weight = weight * shrink;
        average[core + i] += (1.0f - keep) * (weight - average[core + i]);
    }
}
