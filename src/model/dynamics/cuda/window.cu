// The dynamics family on an NVIDIA card: what a window begins with. One block of threads takes one window of one member
// through its whole free run and back, so that a step of the recurrence costs two barriers
// instead of a dozen launches. Compiled when a training first asks for it (NVRTC).
//
// Equations, bounds and losses are those of `fused.rs` and `backward.rs`; names follow them.
// X states, U inputs, O outputs, H hidden units, D = X + U, C = D + H, E numbers of a past.

enum Part {
    ENC_LINEAR, ENC_BIAS, ENC_HIDDEN, ENC_HIDDEN_BIAS, ENC_OUT, HIDDEN, HIDDEN_BIAS, CORE,
    CORE_BIAS, RESIDUAL, SCALE, SCALE_BIAS, CONTEXT_HIDDEN, CONTEXT_CORE,
    MEAN, MEAN_BIAS = MEAN + 3, PRECISION = MEAN_BIAS + 3, PRECISION_BIAS = PRECISION + 3,
    N_PARTS = PRECISION_BIAS + 3
};

// Sizes, where each array begins among a member's parameters, and where the parts of a window's
// record begin. Laid out as `Sizes` in `sizes.rs`.
struct Sizes {
    int n_obs, n_in, n_state, n_hidden, n_enc, n_context, n_lags, has_mask, n_params;
    int n_features[3];
    int part[N_PARTS];
    int past, enc_hidden, context, features[3], d_start, d_enc, d_core, d_hidden, d_mean[3],
        d_precision[3], n_record;
    int n_outer;
};

// A window: rows of the joined recordings, and its member.
struct Spot { int low, at, end, member; };

struct Series {
    const float *obs, *input, *features[3];
    // Spreads of the outputs, then their lower and their upper ends, [3, O].
    const float *spread;
};
// Launches pass pointers one by one.
#define SERIES_ARGS const float *obs, const float *input, const float *features_0, \
    const float *features_1, const float *features_2, const float *spread
#define SERIES Series{obs, input, {features_0, features_1, features_2}, spread}

// How a training batch is disturbed; `n_lanes` windows of each member make a batch.
struct Noise { float obs_noise; int n_lanes; double dropout; };

#define STATE_LIMIT 30.0f
#define SCALE_FLOOR 1e-3f
#define HUBER 4.0f

__device__ inline bool finite(float x) { return fabsf(x) <= 3.402823466e38f; }
// What is no number stays none, so that it is found.
__device__ inline float clip(float x, float low, float high) { return x < low ? low : x > high ? high : x; }
// tanh, to 1e-6 as on the processor: a full division would cost as much as all the rest of a step.
__device__ inline float bend(float x) {
    return 1.0f - __fdividef(2.0f, __expf(clip(2.0f * x, -18.0f, 18.0f)) + 1.0f);
}
__device__ inline float scale_of(float raw) { return SCALE_FLOOR + expf(clip(raw, -7.0f, 2.0f)); }

// ---- random numbers: Philox 4x32-10, bit for bit as `base::rng` ----

__device__ unsigned long long random_bits(uint4 key, unsigned long long index) {
    unsigned long long block = index / 2;
    unsigned c0 = (unsigned)block, c1 = (unsigned)(block >> 32), c2 = key.z, c3 = key.w;
    unsigned k0 = key.x, k1 = key.y;
    for (int round = 0; round < 10; ++round) {
        unsigned long long left = (unsigned long long)c0 * 0xD2511F53ull;
        unsigned long long right = (unsigned long long)c2 * 0xCD9E8D57ull;
        unsigned n0 = (unsigned)(right >> 32) ^ c1 ^ k0, n2 = (unsigned)(left >> 32) ^ c3 ^ k1;
        c1 = (unsigned)right; c3 = (unsigned)left; c0 = n0; c2 = n2;
        k0 += 0x9E3779B9u; k1 += 0xBB67AE85u;
    }
    unsigned low = index % 2 == 0 ? c0 : c2, high = index % 2 == 0 ? c1 : c3;
    return (unsigned long long)low | ((unsigned long long)high << 32);
}

__device__ inline float quick_normal(unsigned long long bits) {
    const unsigned third = (1u << 21) - 1;
    float sum = (float)((unsigned)(bits >> 43) & third) + (float)((unsigned)(bits >> 22) & third)
        + (float)((unsigned)(bits >> 1) & third);
    return sum * (2.0f / 2097152.0f) - 3.0f;
}

__device__ inline double unit(unsigned long long bits) {
    return (double)(bits >> 11) * (1.0 / 9007199254740992.0);
}

// ---- what a block keeps in shared memory ----

struct Block {
    float *hidden;   // [D][H'], odd strides: neither rows nor columns meet in one bank
    float *state;    // [X][C']
    float *mean;     // [C][O']
    float *scale;    // [H][O']
    float *past;     // [E]
    float *enc;      // [He]
    float *context, *precision, *experts; // [Cd], [Cd], [3][2][Cd]
    float *base_hidden, *base_core;       // [H], [X + O]
    float *start;    // [X], later the gradient of the first state
    float *present;  // [3]
    float *rest;     // what is left
};

__device__ inline int odd(int n) { return n | 1; }

__device__ Block cut(const Sizes &z, float *memory) {
    int D = z.n_state + z.n_in, C = D + z.n_hidden, core = z.n_state + z.n_obs;
    Block b;
    b.hidden = memory; memory += D * odd(z.n_hidden);
    b.state = memory; memory += z.n_state * odd(C);
    b.mean = memory; memory += C * odd(z.n_obs);
    b.scale = memory; memory += z.n_hidden * odd(z.n_obs);
    b.past = memory; memory += z.n_lags * (z.n_obs * (1 + z.has_mask) + z.n_in);
    b.enc = memory; memory += z.n_enc;
    b.context = memory; memory += z.n_context;
    b.precision = memory; memory += z.n_context;
    b.experts = memory; memory += 6 * z.n_context;
    b.base_hidden = memory; memory += z.n_hidden;
    b.base_core = memory; memory += core;
    b.start = memory; memory += z.n_state;
    b.present = memory; memory += 3;
    b.rest = memory;
    return b;
}

// Copies the recurrence's weights to shared memory, turned as the loops read them.
__device__ void stage(const Sizes &z, const float *theta, const Block &b) {
    int D = z.n_state + z.n_in, C = D + z.n_hidden, H = z.n_hidden, X = z.n_state, O = z.n_obs;
    const float *from = theta + z.part[HIDDEN];
    for (int i = threadIdx.x; i < H * D; i += blockDim.x)
        b.hidden[(i % D) * odd(H) + i / D] = from[i];
    from = theta + z.part[CORE];
    for (int i = threadIdx.x; i < (X + O) * D; i += blockDim.x) {
        int row = i / D, col = i % D;
        if (row < X) b.state[row * odd(C) + col] = from[i];
        else b.mean[col * odd(O) + row - X] = from[i];
    }
    from = theta + z.part[RESIDUAL];
    for (int i = threadIdx.x; i < (X + O) * H; i += blockDim.x) {
        int row = i / H, col = D + i % H;
        if (row < X) b.state[row * odd(C) + col] = from[i];
        else b.mean[col * odd(O) + row - X] = from[i];
    }
    from = theta + z.part[SCALE];
    for (int i = threadIdx.x; i < O * H; i += blockDim.x)
        b.scale[(i % H) * odd(O) + i / H] = from[i];
}

// Steps that are looked through for the newest reading of what is measured seldom, as on the processor.
const int LOOK_BACK = 1000;

// The measured past as the encoder sees it; `noise` only while training.
__device__ void fill_past(const Sizes &z, const Series &data, Spot spot, const Block &b,
                          const Noise *noise, uint4 key, int lane) {
    int O = z.n_obs, U = z.n_in, width = O * (1 + z.has_mask) + U;
    float nothing = nanf("");
    for (int i = threadIdx.x; i < O * z.n_lags; i += blockDim.x) {
        int lag = i / O, channel = i % O, t = spot.at + lag - z.n_lags;
        b.past[lag * width + channel] = t >= spot.low ? data.obs[(size_t)t * O + channel] : nothing;
    }
    for (int i = threadIdx.x; i < U * z.n_lags; i += blockDim.x) {
        int lag = i / U, channel = i % U, t = max(spot.at + lag - z.n_lags, spot.low);
        b.past[lag * width + width - U + channel] = data.input[(size_t)t * U + channel];
    }
    __syncthreads();
    for (int channel = threadIdx.x; channel < O; channel += blockDim.x) {
        float held = 0.0f;
        bool is_read = false;
        for (int lag = z.n_lags - 1; lag >= 0; --lag) {
            float value = b.past[lag * width + channel];
            if (finite(value)) held = value, is_read = true;
        }
        // Of what is measured seldom the newest value may lie before all lags.
        int last = max(spot.low, spot.at - z.n_lags - LOOK_BACK);
        for (int t = spot.at - z.n_lags - 1; !is_read && t >= last; --t) {
            float value = data.obs[(size_t)t * O + channel];
            if (finite(value)) held = value, is_read = true;
        }
        for (int lag = 0; lag < z.n_lags; ++lag) {
            float *place = b.past + lag * width + channel;
            bool known = finite(*place);
            if (known) held = *place;
            *place = held;
            if (z.has_mask) place[O] = known ? 0.0f : 1.0f;
        }
    }
    __syncthreads();
    if (noise) {
        for (int i = threadIdx.x; i < O * z.n_lags; i += blockDim.x) {
            int channel = i / z.n_lags, lag = i % z.n_lags;
            unsigned long long index = (unsigned long long)lane * (O * z.n_lags) + i;
            float number = quick_normal(random_bits(key, index));
            b.past[lag * width + channel] += number * noise->obs_noise * data.spread[channel];
        }
        __syncthreads();
    }
}

// The sum of products of numbers `first`, `first + step` … below `n`. Loads go out eight at a time,
// because a step of the recurrence waits for nothing else.
__device__ inline float dot(const float *a, int a_stride, const float *b, int b_stride, int first, int step, int n) {
    float sums[2] = {0.0f, 0.0f};
    for (int i = first; i < n; i += 8 * step) {
        float left[8], right[8];
        #pragma unroll
        for (int k = 0; k < 8; ++k) {
            int at = i + k * step;
            left[k] = at < n ? a[at * a_stride] : 0.0f;
            right[k] = at < n ? b[at * b_stride] : 0.0f;
        }
        #pragma unroll
        for (int k = 0; k < 8; ++k) sums[k % 2] += left[k] * right[k];
    }
    return sums[0] + sums[1];
}

// A row of weights times a vector, by one warp; every lane gets the result.
__device__ float warp_dot(const float *row, const float *vector, int n) {
    float sum = dot(row, 1, vector, 1, threadIdx.x % 32, 32, n);
    for (int width = 16; width > 0; width /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, width);
    return sum;
}

// Product of the experts of the modalities that are present, and what it adds to the biases.
__device__ void fuse_context(const Sizes &z, const Series &data, const float *theta, Spot spot,
                             const Block &b, const Noise *noise, uint4 key, int lane) {
    int Cd = z.n_context, O = z.n_obs, X = z.n_state, H = z.n_hidden;
    int warp = threadIdx.x / 32, n_warps = blockDim.x / 32, n_active = 0;
    for (int m = 0; m < 3; ++m) {
        int n = z.n_features[m];
        if (threadIdx.x == 0) b.present[m] = n > 0 ? 1.0f : 0.0f;
        __syncthreads();
        const float *row = data.features[m] + (size_t)max(spot.at - 1, 0) * n;
        for (int i = threadIdx.x; i < n; i += blockDim.x)
            if (!finite(row[i])) b.present[m] = 0.0f;
        if (n > 0 && noise && threadIdx.x == 0) {
            unsigned long long index = (unsigned long long)noise->n_lanes
                * (O * z.n_lags + n_active) + lane;
            if (unit(random_bits(key, index)) < noise->dropout) b.present[m] = 0.0f;
        }
        n_active += n > 0;
        __syncthreads();
        if (n == 0) continue;
        bool known = b.present[m] > 0.0f;
        for (int i = warp; i < 2 * Cd; i += n_warps) {
            int c = i % Cd, weight = i < Cd ? MEAN : PRECISION, bias = i < Cd ? MEAN_BIAS : PRECISION_BIAS;
            float value = known ? warp_dot(theta + z.part[weight + m] + c * n, row, n) : 0.0f;
            value += theta[z.part[bias + m] + c];
            if (i >= Cd) value = clip(value, -4.0f, 4.0f);
            if (threadIdx.x % 32 == 0) b.experts[m * 2 * Cd + i] = value;
        }
    }
    __syncthreads();
    for (int c = threadIdx.x; c < Cd; c += blockDim.x) {
        float total = 1.0f, sum = 0.0f;
        for (int m = 0; m < 3; ++m) {
            if (z.n_features[m] == 0) continue;
            float precision = expf(b.experts[m * 2 * Cd + Cd + c]) * b.present[m];
            total += precision;
            sum += precision * b.experts[m * 2 * Cd + c];
        }
        b.precision[c] = total;
        b.context[c] = sum / total;
    }
    __syncthreads();
    for (int i = threadIdx.x; i < H + X + O; i += blockDim.x) {
        bool hidden = i < H;
        int row = hidden ? i : i - H;
        float sum = theta[z.part[hidden ? HIDDEN_BIAS : CORE_BIAS] + row];
        const float *weight = theta + z.part[hidden ? CONTEXT_HIDDEN : CONTEXT_CORE] + row * Cd;
        for (int c = 0; c < Cd; ++c) sum += weight[c] * b.context[c];
        if (hidden) b.base_hidden[row] = sum;
        else b.base_core[row] = sum;
    }
    __syncthreads();
}

// The first state from the measured past.
__device__ void encode(const Sizes &z, const float *theta, const Block &b, int n_past) {
    int warp = threadIdx.x / 32, n_warps = blockDim.x / 32;
    for (int r = warp; r < z.n_enc + z.n_state; r += n_warps) {
        bool hidden = r < z.n_enc;
        int row = hidden ? r : r - z.n_enc;
        float bias = theta[z.part[hidden ? ENC_HIDDEN_BIAS : ENC_BIAS] + row];
        const float *weight = theta + z.part[hidden ? ENC_HIDDEN : ENC_LINEAR] + row * n_past;
        float sum = bias + warp_dot(weight, b.past, n_past);
        if (threadIdx.x % 32 == 0) {
            if (hidden) b.enc[row] = bend(sum);
            else b.start[row] = sum;
        }
    }
    __syncthreads();
    for (int x = threadIdx.x; x < z.n_state; x += blockDim.x) {
        float sum = b.start[x] + dot(theta + z.part[ENC_OUT] + x * z.n_enc, 1, b.enc, 1, 0, 1, z.n_enc);
        b.start[x] = clip(sum, -STATE_LIMIT, STATE_LIMIT);
    }
    __syncthreads();
}

// Everything before the first step of a window.
__device__ void begin(const Sizes &z, const Series &data, const float *theta, Spot spot,
                      const Block &b, const Noise *noise, uint4 key, int lane) {
    stage(z, theta, b);
    fill_past(z, data, spot, b, noise, key, lane);
    if (z.n_context > 0) fuse_context(z, data, theta, spot, b, noise, key, lane);
    else {
        for (int i = threadIdx.x; i < z.n_hidden; i += blockDim.x)
            b.base_hidden[i] = theta[z.part[HIDDEN_BIAS] + i];
        for (int i = threadIdx.x; i < z.n_state + z.n_obs; i += blockDim.x)
            b.base_core[i] = theta[z.part[CORE_BIAS] + i];
    }
    encode(z, theta, b, z.n_lags * (z.n_obs * (1 + z.has_mask) + z.n_in));
}
