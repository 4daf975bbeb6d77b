// Training one sample at a time by plain SGD. Only then may a neuron move its weights while it sends its messages, in one
// sweep of its row: no other column of the batch needs the old ones. The file includes itself once for each precision.
#ifndef T
#include "CKernels.h"
#include "clones.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))
// Below this fan-in a loop is shorter than what it takes to begin a vector loop.
#define SHORT 8
#define SCALAR_LOOP _Pragma("clang loop vectorize(disable) unroll(disable)")

#define T float
#define NAME(name) name##_f32
#include "one_sample.c"
#undef T
#undef NAME
#define T double
#define NAME(name) name##_f64
#include "one_sample.c"

#else

// Up to four rows at once: messages += Σ w δ (where there are messages), then w = keep · w + Σ factor δ x.
INLINE void NAME(sweep_rows)(const int rows, T *const *w, const T *delta, T keep, T factor, const T *restrict x,
                             size_t fan_in, T *restrict messages) {
  T move[4];
  for (int r = 0; r < rows; ++r) move[r] = factor * delta[r];
  if (messages)
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < fan_in; ++i) {
      T message = 0;
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; ++r) {
        const T weight = w[r][i];
        message += weight * delta[r];
        w[r][i] = keep * weight + move[r] * x[i];
      }
      messages[i] += message;
    }
  else
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < fan_in; ++i) {
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; ++r) w[r][i] = keep * w[r][i] + move[r] * x[i];
    }
}

// The sweep over a layer's rows. A row whose δ is 0 sends nothing and stays as it is, unless it decays.
INLINE void NAME(sweep)(T *weights, size_t row, size_t neurons, const T *delta, T keep, T factor, const T *x,
                        size_t fan_in, T *messages) {
  if (fan_in < SHORT) {
    for (size_t j = 0; j < neurons; ++j) {
      T *w = weights + j * row;
      const T d = delta[j], move = factor * d;
      SCALAR_LOOP for (size_t i = 0; i < fan_in; ++i) {
        if (messages) messages[i] += w[i] * d;
        w[i] = keep * w[i] + move * x[i];
      }
    }
    return;
  }
  T *w[4], some[4];
  int found = 0;
  for (size_t j = 0; j < neurons; ++j) {
    if (delta[j] == 0 && keep == 1) continue;
    w[found] = weights + j * row;
    some[found++] = delta[j];
    if (found == 4) {
      NAME(sweep_rows)(4, w, some, keep, factor, x, fan_in, messages);
      found = 0;
    }
  }
  switch (found) {
    case 1: NAME(sweep_rows)(1, w, some, keep, factor, x, fan_in, messages); break;
    case 2: NAME(sweep_rows)(2, w, some, keep, factor, x, fan_in, messages); break;
    case 3: NAME(sweep_rows)(3, w, some, keep, factor, x, fan_in, messages); break;
  }
}

CLONES void NAME(nnk_sweep)(T *weights, size_t row, size_t neurons, const T *delta, T keep, T factor, const T *x,
                            size_t fan_in, T *messages) {
  NAME(sweep)(weights, row, neurons, delta, keep, factor, x, fan_in, messages);
}

// z = W x + b.
INLINE void NAME(combine)(const NAME(nnk_one_sample_layer) *layer, const T *x) {
  const size_t fan_in = layer->fan_in;
  if (fan_in >= SHORT) {
    for (size_t j = 0; j < layer->neurons; ++j) layer->z[j] = layer->biases[j];
    NAME(nnk_product)(layer->neurons, 1, fan_in, 1, layer->weights, layer->row, 1, x, 1, 1, 1, layer->z, 1);
    return;
  }
  for (size_t j = 0; j < layer->neurons; ++j) {
    const T *w = layer->weights + j * layer->row;
    T sum = layer->biases[j];
    SCALAR_LOOP for (size_t i = 0; i < fan_in; ++i) sum += w[i] * x[i];
    layer->z[j] = sum;
  }
}

#define BLOCK(count) {sizeof(nnkit_block), 0, count, 1, 1}
#define CALL(index, name, function, ...)                \
  do {                                                  \
    const int code = function(__VA_ARGS__);                \
    if (code) {                                         \
      *failure = (nnk_failure){index, name, code};     \
      return s;                                         \
    }                                                   \
  } while (0)

CLONES size_t NAME(nnk_train_one_by_one)(const NAME(nnk_one_sample_layer) *layers, size_t count,
                                         const NAME(nnk_one_sample_loss) *loss, const T *inputs, const T *targets,
                                         const ptrdiff_t *order, size_t samples, const double *rates, double l2,
                                         double *losses, T *answers, nnk_failure *failure) {
  const NAME(nnk_one_sample_layer) *last = layers + count - 1;
  const size_t width = layers->fan_in, outputs = last->neurons;
  const nnkit_block answer = BLOCK(outputs);
  for (size_t s = 0; s < samples; ++s) {
    const T *x = inputs + (size_t)order[s] * width, *y = targets + (size_t)order[s] * outputs;
    const T *heard = x;
    for (size_t l = 0; l < count; ++l) {
      const NAME(nnk_one_sample_layer) *layer = layers + l;
      const nnkit_block block = BLOCK(layer->neurons);
      NAME(combine)(layer, heard);
      CALL((ptrdiff_t)l, "evaluate", layer->evaluate, layer->parameters, &block, layer->z, layer->a);
      heard = layer->a;
    }
    CALL(-1, loss->takes_z ? "canonical_value" : "value", loss->value, loss->parameters, &answer, loss->takes_z ? last->z : last->a, y, losses + s);
    if (answers)
      for (size_t k = 0; k < outputs; ++k) answers[s * outputs + k] = last->a[k];
    if (!(losses[s] - losses[s] == 0)) return s;
    if (loss->canonical_delta)
      CALL(-1, "canonical_delta", loss->canonical_delta, loss->parameters, &answer, last->z, last->a, y, last->delta);
    else
      CALL(-1, "gradient", loss->gradient, loss->parameters, &answer, last->a, y, last->received);

    const T factor = (T)-rates[s], keep = (T)(1 - rates[s] * l2);
    for (size_t l = count; l-- > 0;) {
      const NAME(nnk_one_sample_layer) *layer = layers + l, *before = layer - 1;
      const nnkit_block block = BLOCK(layer->neurons);
      if (l < count - 1 || !loss->canonical_delta)
        CALL((ptrdiff_t)l, "backward", layer->backward, layer->parameters, &block, layer->z, layer->a, layer->received, layer->delta);
      if (l > 0)
        SCALAR_LOOP for (size_t i = 0; i < layer->fan_in; ++i) before->received[i] = 0;
      NAME(sweep)(layer->weights, layer->row, layer->neurons, layer->delta, layer->moves_weights ? keep : 1,
                  layer->moves_weights ? factor : 0, l > 0 ? before->a : x, layer->fan_in, l > 0 ? before->received : 0);
      if (layer->moves_biases)
        for (size_t j = 0; j < layer->neurons; ++j) layer->biases[j] += factor * layer->delta[j];
    }
  }
  return samples;
}

#undef BLOCK
#undef CALL
#endif
