// A window's free run, its loss and its gradient; continues `window.cu`.

// The sum over a warp, in a fixed order; every lane gets it.
__device__ double warp_total(double sum) {
    for (int width = 16; width > 0; width /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, width);
    return sum;
}

// Eight threads share a row's sum; with more states than a block has room for there are rounds.
#define SHARE 8
__device__ inline float close_share(float sum) {
    for (int width = SHARE / 2; width > 0; width /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, width);
    return sum;
}

// Steps `n` states on; `rows` is [n][C'] of state, input, hidden units. The state after the last
// step is left in `b.start`.
__device__ void run_states(const Sizes &z, const Series &data, const Block &b, float *rows,
                           int first, int last, int n) {
    int X = z.n_state, U = z.n_in, H = z.n_hidden, D = X + U, C = D + H, stride = odd(C);
    for (int i = threadIdx.x; i < n * U; i += blockDim.x) {
        int t = max(min(first + i / U, last), 0);
        rows[(i / U) * stride + X + i % U] = data.input[(size_t)t * U + i % U];
    }
    for (int x = threadIdx.x; x < X; x += blockDim.x) rows[x] = b.start[x];
    __syncthreads();
    int part = threadIdx.x % SHARE, n_rounds = (X * SHARE + blockDim.x - 1) / blockDim.x;
    for (int t = 0; t < n; ++t) {
        float *row = rows + t * stride;
        for (int j = threadIdx.x; j < H; j += blockDim.x) {
            row[D + j] = bend(b.base_hidden[j] + dot(b.hidden + j, odd(H), row, 1, 0, 1, D));
        }
        __syncthreads();
        for (int round = 0; round < n_rounds; ++round) {
            int x = (threadIdx.x + round * blockDim.x) / SHARE;
            float base = x < X ? b.base_core[x] : 0.0f;
            float sum = x < X ? dot(b.state + x * stride, 1, row, 1, part, SHARE, C) : 0.0f;
            sum = close_share(sum);
            if (x < X && part == 0) {
                float next = clip(sum + base, -STATE_LIMIT, STATE_LIMIT);
                if (t + 1 < n) row[stride + x] = next;
                else b.start[x] = next;
            }
        }
        __syncthreads();
    }
}

__device__ inline float mean_at(const Sizes &z, const Block &b, const float *row, int o) {
    int C = z.n_state + z.n_in + z.n_hidden;
    return b.base_core[z.n_state + o] + dot(b.mean + o, odd(z.n_obs), row, 1, 0, 1, C);
}

__device__ inline float log_scale_at(const Sizes &z, const Block &b, const float *hidden, float bias, int o) {
    return bias + dot(b.scale + o, odd(z.n_obs), hidden, 1, 0, 1, z.n_hidden);
}

// The sums of three numbers over the block, in a fixed order; every thread gets them.
__device__ void block_sums(float *scratch, float *values) {
    for (int k = 0; k < 3; ++k) scratch[k * blockDim.x + threadIdx.x] = values[k];
    __syncthreads();
    for (int width = blockDim.x / 2; width > 0; width /= 2) {
        if (threadIdx.x < width)
            for (int k = 0; k < 3; ++k)
                scratch[k * blockDim.x + threadIdx.x] += scratch[k * blockDim.x + threadIdx.x + width];
        __syncthreads();
    }
    for (int k = 0; k < 3; ++k) values[k] = scratch[k * blockDim.x];
    __syncthreads();
}

// Whether an output rests at an end of its range and the mean lies beyond: there is no error.
__device__ bool is_bound(const Series &data, int o, int n_obs, float target, float mean) {
    float low = data.spread[n_obs + o], high = data.spread[2 * n_obs + o];
    return (target >= high && mean > target) || (target <= low && mean < target);
}

// Outputs, loss and its slopes for all steps at once. Slopes are [K][X + O + H + O]: of the next
// state, of the mean, of the hidden units, of the log scale; not yet divided by the known count.
__device__ void score(const Sizes &z, const Series &data, const float *theta, Spot spot, const Block &b,
                      const float *rows, float *slopes, int n_steps, bool huber_mean, float *sums) {
    int X = z.n_state, O = z.n_obs, D = X + z.n_in, H = z.n_hidden;
    int stride = odd(D + H), width = odd(X + 2 * O + H);
    for (int i = threadIdx.x; i < n_steps * O; i += blockDim.x) {
        int t = i / O, o = i % O;
        const float *row = rows + t * stride;
        float mean = mean_at(z, b, row, o);
        float raw = log_scale_at(z, b, row + D, theta[z.part[SCALE_BIAS] + o], o);
        float target = spot.at + t < spot.end ? data.obs[(size_t)(spot.at + t) * O + o] : nanf("");
        float d_mean = 0.0f, d_scale = 0.0f;
        if (finite(target) && !is_bound(data, o, O, target, mean)) {
            float inverse = 1.0f / data.spread[o], residual = (target - mean) * inverse;
            float scale = scale_of(raw), far = residual / scale, slope = clip(far, -HUBER, HUBER);
            float loss = scale * (logf(scale) + slope * (far - 0.5f * slope));
            float pull = slope;
            if (huber_mean) {
                pull = clip(residual, -1.0f, 1.0f);
                loss += pull * (residual - 0.5f * pull);
            }
            d_mean = -pull * inverse;
            if (raw > -7.0f && raw < 2.0f) d_scale = (1.0f - far * slope) * (scale - SCALE_FLOOR);
            sums[0] += loss; sums[1] += residual * residual;
        }
        if (finite(target)) sums[2] += 1.0f;
        slopes[t * width + X + o] = d_mean;
        slopes[t * width + X + O + H + o] = d_scale;
    }
    __syncthreads();
    // What the outputs alone send back to hidden units and states.
    for (int i = threadIdx.x; i < n_steps * (H + X); i += blockDim.x) {
        int t = i / (H + X), at = i % (H + X), c = at < H ? D + at : at - H;
        float sum = dot(b.mean + c * odd(O), 1, slopes + t * width + X, 1, 0, 1, O);
        if (at < H) slopes[t * width + X + O + at] = sum;
        else if (t > 0) slopes[(t - 1) * width + at - H] = sum;
        else b.start[at - H] = sum;
    }
    for (int x = threadIdx.x; x < X; x += blockDim.x) slopes[(n_steps - 1) * width + x] = 0.0f;
    __syncthreads();
}

// Takes the slopes back through the recurrence; leaves the gradient of the first state in `b.start`.
__device__ void run_back(const Sizes &z, const Block &b, const float *rows, float *slopes, int n_steps) {
    int X = z.n_state, O = z.n_obs, D = X + z.n_in, H = z.n_hidden, C = D + H;
    int stride = odd(C), width = odd(X + 2 * O + H);
    int part = threadIdx.x % SHARE, n_rounds = (X * SHARE + blockDim.x - 1) / blockDim.x;
    for (int t = n_steps - 1; t >= 0; --t) {
        const float *row = rows + t * stride;
        float *slope = slopes + t * width, *d_hidden = slope + X + O;
        for (int j = threadIdx.x; j < H; j += blockDim.x) {
            float sum = d_hidden[j], value = row[D + j];
            sum += dot(b.state + D + j, stride, slope, 1, 0, 1, X);
            d_hidden[j] = sum * (1.0f - value * value);
        }
        __syncthreads();
        for (int round = 0; round < n_rounds; ++round) {
            int x = (threadIdx.x + round * blockDim.x) / SHARE;
            float sum = 0.0f, before = 0.0f, state = 0.0f;
            float *place = t > 0 ? slope - width + x : b.start + x;
            if (x < X) {
                before = *place;
                state = row[x];
                sum = dot(b.state + x, stride, slope, 1, part, SHARE, X)
                    + dot(b.hidden + x * odd(H), 1, d_hidden, 1, part, SHARE, H);
            }
            sum = close_share(sum);
            if (x < X && part == 0) *place = fabsf(state) < STATE_LIMIT ? before + sum : 0.0f;
        }
        __syncthreads();
    }
}

// left [n][..] times right [n][..] summed over steps, [n_left][n_right], four by four a thread.
// A thread's columns lie far apart, so that neighbours read neighbours.
__device__ int outer(const float *left, int left_stride, int n_left, const float *right,
                     int right_stride, int n_right, int n, float *out, int tile) {
    int n_cols = (n_right + 3) / 4, n_rows = (n_left + 3) / 4, n_tiles = n_rows * n_cols;
    for (; tile < n_tiles; tile += blockDim.x) {
        float sums[4][4] = {};
        int rows[4], cols[4];
        #pragma unroll
        for (int k = 0; k < 4; ++k) {
            rows[k] = min(tile / n_cols + k * n_rows, n_left - 1);
            cols[k] = min(tile % n_cols + k * n_cols, n_right - 1);
        }
        #pragma unroll 4
        for (int t = 0; t < n; ++t) {
            float a[4], c[4];
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                a[k] = left[t * left_stride + rows[k]];
                c[k] = right[t * right_stride + cols[k]];
            }
            #pragma unroll
            for (int i = 0; i < 4; ++i)
                #pragma unroll
                for (int j = 0; j < 4; ++j) sums[i][j] += a[i] * c[j];
        }
        #pragma unroll
        for (int i = 0; i < 4; ++i)
            #pragma unroll
            for (int j = 0; j < 4; ++j) {
                int row = tile / n_cols + i * n_rows, col = tile % n_cols + j * n_cols;
                if (row < n_left && col < n_right) out[row * n_right + col] = sums[i][j];
            }
    }
    return tile - n_tiles;
}

// What of the gradient is a product of two numbers of a window goes into its record: the second
// kernel multiplies and sums over windows.
__device__ void write_record(const Sizes &z, const Series &data, const float *theta, Spot spot,
                             const Block &b, const float *slopes, int n_steps, float *record) {
    int X = z.n_state, O = z.n_obs, H = z.n_hidden, Cd = z.n_context;
    int n_past = z.n_lags * (O * (1 + z.has_mask) + z.n_in), width = odd(X + 2 * O + H);
    if (threadIdx.x == 0) record[0] = 1.0f;
    for (int i = threadIdx.x; i < n_past; i += blockDim.x) record[z.past + i] = b.past[i];
    for (int x = threadIdx.x; x < X; x += blockDim.x) record[z.d_start + x] = b.start[x];
    for (int e = threadIdx.x; e < z.n_enc; e += blockDim.x) {
        float sum = 0.0f, value = b.enc[e];
        for (int x = 0; x < X; ++x) sum += theta[z.part[ENC_OUT] + x * z.n_enc + e] * b.start[x];
        record[z.enc_hidden + e] = value;
        record[z.d_enc + e] = sum * (1.0f - value * value);
    }
    // `d_core` and `d_hidden` are neighbours in the record as in the slopes.
    for (int i = threadIdx.x; i < X + O + H; i += blockDim.x) {
        float sum = 0.0f;
        for (int t = 0; t < n_steps; ++t) sum += slopes[t * width + i];
        record[z.d_core + i] = sum;
    }
    if (Cd == 0) return;
    __syncthreads();
    for (int c = threadIdx.x; c < Cd; c += blockDim.x) {
        float slope = 0.0f;
        for (int j = 0; j < H; ++j)
            slope += theta[z.part[CONTEXT_HIDDEN] + j * Cd + c] * record[z.d_hidden + j];
        for (int i = 0; i < X + O; ++i)
            slope += theta[z.part[CONTEXT_CORE] + i * Cd + c] * record[z.d_core + i];
        record[z.context + c] = b.context[c];
        for (int m = 0; m < 3; ++m) {
            if (z.n_features[m] == 0) continue;
            float mean = b.experts[m * 2 * Cd + c], log = b.experts[m * 2 * Cd + Cd + c];
            float share = slope * expf(log) * b.present[m] / b.precision[c];
            bool inside = log > -4.0f && log < 4.0f;
            record[z.d_mean[m] + c] = share;
            record[z.d_precision[m] + c] = inside ? share * (mean - b.context[c]) : 0.0f;
        }
    }
    for (int m = 0; m < 3; ++m)
        for (int i = threadIdx.x; i < z.n_features[m]; i += blockDim.x) {
            bool known = b.present[m] > 0.0f;
            record[z.features[m] + i] = known ? data.features[m][(size_t)max(spot.at - 1, 0) * z.n_features[m] + i] : 0.0f;
        }
}

// One window forward and back. `tape` is null where the tape fits in shared memory.
template <bool SHARED>
__device__ void lane_step(Sizes z, Series data, Noise noise, const float *thetas, const Spot *spots,
                          const uint4 *keys, int n_steps, int huber_mean, float *tape, float *outers,
                          float *records, float *sums_out) {
    extern __shared__ float memory[];
    int X = z.n_state, O = z.n_obs, D = X + z.n_in, H = z.n_hidden, C = D + H;
    int stride = odd(C), width = odd(X + 2 * O + H);
    Spot spot = spots[blockIdx.x];
    int lane = blockIdx.x % noise.n_lanes;
    const float *theta = thetas + (size_t)spot.member * z.n_params;
    Block b = cut(z, memory);
    float *rows, *slopes;
    if (SHARED) {
        rows = b.rest + 3 * blockDim.x;
        slopes = rows + n_steps * stride;
    } else {
        rows = tape + (size_t)blockIdx.x * n_steps * (stride + width);
        slopes = rows + n_steps * stride;
    }
    begin(z, data, theta, spot, b, &noise, keys[spot.member], lane);
    run_states(z, data, b, rows, spot.at, spot.end - 1, n_steps);
    float sums[3] = {0.0f, 0.0f, 0.0f};
    score(z, data, theta, spot, b, rows, slopes, n_steps, huber_mean != 0, sums);
    block_sums(b.rest, sums);
    if (threadIdx.x < 3) sums_out[3 * blockIdx.x + threadIdx.x] = sums[threadIdx.x];
    run_back(z, b, rows, slopes, n_steps);
    float *out = outers + (size_t)blockIdx.x * z.n_outer;
    int tile = outer(slopes, width, X + O, rows, stride, C, n_steps, out, threadIdx.x);
    out += (X + O) * C;
    tile = outer(slopes + X + O, width, H, rows, stride, D, n_steps, out, tile);
    out += H * D;
    outer(slopes + X + O + H, width, O, rows + D, stride, H, n_steps, out, tile);
    out += O * H;
    for (int o = threadIdx.x; o < O; o += blockDim.x) {
        float sum = 0.0f;
        for (int t = 0; t < n_steps; ++t) sum += slopes[t * width + X + O + H + o];
        out[o] = sum;
    }
    write_record(z, data, theta, spot, b, slopes, n_steps, records + (size_t)blockIdx.x * z.n_record);
}

extern "C" __global__ void lane_step_shared(Sizes z, SERIES_ARGS, float obs_noise, int n_lanes,
    double dropout, const float *thetas, const Spot *spots, const uint4 *keys, int n_steps,
    int huber_mean, float *tape, float *outers, float *records, float *sums) {
    Noise noise = {obs_noise, n_lanes, dropout};
    lane_step<true>(z, SERIES, noise, thetas, spots, keys, n_steps, huber_mean, tape, outers,
                    records, sums);
}

extern "C" __global__ void lane_step_global(Sizes z, SERIES_ARGS, float obs_noise, int n_lanes,
    double dropout, const float *thetas, const Spot *spots, const uint4 *keys, int n_steps,
    int huber_mean, float *tape, float *outers, float *records, float *sums) {
    Noise noise = {obs_noise, n_lanes, dropout};
    lane_step<false>(z, SERIES, noise, thetas, spots, keys, n_steps, huber_mean, tape, outers,
                    records, sums);
}

// Sums windows into each member's gradient, in a fixed order. A parameter's place is a number of
// the windows' outer sums (second below 0), or the product of two numbers of their records.
// Each block leaves its share of the gradient's square in `squares`.
extern "C" __global__ void sum_lanes(int n_params, int n_lanes, int n_outer, int n_record,
    const int2 *places, const float *outers, const float *records, const float *sums, float *grad,
    double *squares, double *loss) {
    int p = blockIdx.x * blockDim.x + threadIdx.x, member = blockIdx.y;
    __shared__ float known_share;
    __shared__ double warp_squares[32];
    if (threadIdx.x == 0) {
        float known = 0.0f, total = 0.0f;
        for (int lane = 0; lane < n_lanes; ++lane) {
            total += sums[3 * (member * n_lanes + lane)];
            known += sums[3 * (member * n_lanes + lane) + 2];
        }
        known_share = 1.0f / fmaxf(known, 1.0f);
        if (blockIdx.x == 0) loss[member] = (double)total * known_share;
    }
    __syncthreads();
    float sum = 0.0f;
    if (p < n_params) {
        int2 place = places[p];
        size_t first = (size_t)member * n_lanes;
        if (place.y < 0) {
            const float *from = outers + first * n_outer + place.x;
            #pragma unroll 8
            for (int lane = 0; lane < n_lanes; ++lane) sum += from[(size_t)lane * n_outer];
        } else {
            const float *from = records + first * n_record;
            #pragma unroll 8
            for (int lane = 0; lane < n_lanes; ++lane)
                sum += from[(size_t)lane * n_record + place.x] * from[(size_t)lane * n_record + place.y];
        }
        sum *= known_share;
        grad[(size_t)member * n_params + p] = sum;
    }
    double square = warp_total((double)sum * sum);
    if (threadIdx.x % 32 == 0) warp_squares[threadIdx.x / 32] = square;
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int warp = 1; warp < blockDim.x / 32; ++warp) square += warp_squares[warp];
        squares[(size_t)member * gridDim.x + blockIdx.x] = square;
    }
}

// A free run without a way back: squares against the measurements, or the outputs themselves.
#define SEGMENT 32
extern "C" __global__ void free_run(Sizes z, SERIES_ARGS, const float *thetas, const Spot *spots,
    float *sums_out, float *means, float *scales, int stride_out) {
    extern __shared__ float memory[];
    Series data = SERIES;
    int X = z.n_state, O = z.n_obs, D = X + z.n_in, stride = odd(D + z.n_hidden);
    Spot spot = spots[blockIdx.x];
    const float *theta = thetas + (size_t)spot.member * z.n_params;
    Block b = cut(z, memory);
    float *rows = b.rest + 3 * blockDim.x;
    uint4 key = make_uint4(0, 0, 0, 0);
    begin(z, data, theta, spot, b, nullptr, key, 0);
    float sums[3] = {0.0f, 0.0f, 0.0f};
    for (int first = spot.at; first < spot.end; first += SEGMENT) {
        int n = min(SEGMENT, spot.end - first);
        run_states(z, data, b, rows, first, spot.end - 1, n);
        for (int i = threadIdx.x; i < n * O; i += blockDim.x) {
            int t = i / O, o = i % O;
            const float *row = rows + t * stride;
            float mean = mean_at(z, b, row, o);
            if (means) {
                size_t place = (size_t)blockIdx.x * stride_out + (size_t)(first - spot.at) * O + i;
                float raw = log_scale_at(z, b, row + D, theta[z.part[SCALE_BIAS] + o], o);
                means[place] = mean;
                scales[place] = scale_of(raw) * data.spread[o];
            } else {
                float target = data.obs[(size_t)(first + t) * O + o];
                if (finite(target)) {
                    float residual = (target - mean) / data.spread[o];
                    if (!is_bound(data, o, O, target, mean)) sums[1] += residual * residual;
                    sums[2] += 1.0f;
                }
            }
        }
        __syncthreads();
    }
    if (means) return;
    block_sums(b.rest, sums);
    if (threadIdx.x < 3) sums_out[3 * blockIdx.x + threadIdx.x] = sums[threadIdx.x];
}
