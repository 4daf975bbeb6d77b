// Training one sample at a time by plain SGD. Only then may a neuron move its weights while it sends its messages, in one
// sweep of its row: no other column of the batch needs the old ones. The file includes itself once for each precision.
#ifndef T
#include "CKernels.h"
#include "clones.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))
// Below this fan-in a loop is shorter than what it takes to begin a vector loop.
#define SHORT 8
#define SCALAR_LOOP _Pragma("clang loop vectorize(disable) unroll(disable)")

#define BODY "one_sample.c"
#include "precisions.h"

#else

#include "put_off.h"

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

// A row whose δ is 0 sends nothing and stays as it is, unless it decays.
CLONES void NAME(nnk_sweep)(T *weights, size_t row, size_t neurons, const T *delta, T keep, T factor, const T *x,
                            size_t fan_in, T *messages) {
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

// The same for short rows, where a loop is shorter than what it takes to begin a vector loop; messages are written.
INLINE void NAME(sweep_short)(const NAME(nnk_one_sample_layer) *layer, T keep, T factor, const T *x, T *messages) {
  const size_t fan_in = layer->fan_in;
  T *w = layer->weights;
  for (size_t j = 0; j < layer->neurons; ++j, w += layer->row) {
    const T d = layer->delta[j], move = factor * d;
    SCALAR_LOOP for (size_t i = 0; i < fan_in; ++i) {
      const T weight = w[i];
      if (messages) messages[i] = j == 0 ? weight * d : messages[i] + weight * d;
      w[i] = keep * weight + move * x[i];
    }
  }
}

// z = W x + b for short rows.
INLINE void NAME(combine_short)(const NAME(nnk_one_sample_layer) *layer, const T *x, T *z) {
  const T *w = layer->weights;
  for (size_t j = 0; j < layer->neurons; ++j, w += layer->row) {
    T sum = layer->biases[j];
    SCALAR_LOOP for (size_t i = 0; i < layer->fan_in; ++i) sum += w[i] * x[i];
    z[j] = sum;
  }
}

// z = W x + b.
INLINE void NAME(combine)(const NAME(nnk_one_sample_layer) *layer, const T *x) {
  if (layer->fan_in < SHORT) return NAME(combine_short)(layer, x, layer->z);
  memcpy(layer->z, layer->biases, layer->neurons * sizeof(T));
  NAME(nnk_product)(layer->neurons, 1, layer->fan_in, 1, layer->weights, layer->row, 1, x, 1, 1, 1, layer->z, 1);
}

// Messages (where there are any) and moves of sample k of its block.
INLINE void NAME(send_and_move)(const NAME(nnk_one_sample_layer) *layer, size_t k, T keep, T factor, const T *x,
                                T *messages) {
  if (!layer->moves_weights) keep = 1, factor = 0;
  if (layer->fan_in < SHORT) {
    NAME(sweep_short)(layer, keep, factor, x, messages);
  } else {
    if (messages) memset(messages, 0, layer->fan_in * sizeof(T));
    if (layer->moves)
      NAME(send_and_keep)(layer, k, factor, messages);
    else
      NAME(nnk_sweep)(layer->weights, layer->row, layer->neurons, layer->delta, keep, factor, x, layer->fan_in, messages);
  }
}

#define BLOCK(count) {sizeof(nnkit_block), 0, count, 1, 1}
#define CALL(index, name, function, ...)           \
  do {                                             \
    nnk_begin_call((const void *)(function));      \
    const int code = function(__VA_ARGS__);        \
    nnk_end_call();                                \
    if (code) {                                    \
      *failure = (nnk_failure){index, name, code}; \
      return s;                                    \
    }                                              \
  } while (0)

// As nnk_train_one_by_one, for the samples of one block.
INLINE size_t NAME(train_block)(const NAME(nnk_one_sample_layer) *layers, size_t count,
                                const NAME(nnk_one_sample_loss) *loss, const T *inputs, const T *targets,
                                const ptrdiff_t *order, size_t samples, const double *rates, double l2,
                                double *losses, T *answers, nnk_failure *failure) {
  const NAME(nnk_one_sample_layer) *last = layers + count - 1;
  const size_t width = layers->fan_in, outputs = last->neurons;
  const nnkit_block answer = BLOCK(outputs);
  for (size_t s = 0; s < samples; ++s) {
    const T *x = inputs + (size_t)order[s] * width, *y = targets + (size_t)order[s] * outputs;
    const T *input = x;
    for (size_t l = 0; l < count; ++l) {
      const NAME(nnk_one_sample_layer) *layer = layers + l;
      const nnkit_block block = BLOCK(layer->neurons);
      if (layer->moves)
        NAME(combine_moved)(layer, l == 0, s, input);
      else
        NAME(combine)(layer, input);
      CALL((ptrdiff_t)l, "evaluate", layer->evaluate, layer->parameters, &block, layer->z, layer->a);
      input = layer->a;
    }
    CALL(-1, loss->takes_z ? "canonical_value" : "value", loss->value, loss->parameters, &answer,
         loss->takes_z ? last->z : last->a, y, losses + s);
    SCALAR_LOOP for (size_t k = 0; k < outputs; ++k) answers[s * outputs + k] = last->a[k];
    if (!(losses[s] - losses[s] == 0)) return s;
    if (loss->canonical_delta)
      CALL(-1, "canonical_delta", loss->canonical_delta, loss->parameters, &answer, last->z, last->a, y, last->delta);
    else
      CALL(-1, "gradient", loss->gradient, loss->parameters, &answer, last->a, y, last->received);

    const T factor = (T)-rates[s], keep = (T)(1 - rates[s] * l2);
    for (size_t l = count; l-- > 0;) {
      const NAME(nnk_one_sample_layer) *layer = layers + l, *before = layer - 1;
      const nnkit_block block = BLOCK(layer->neurons);
      if (layer != last || !loss->canonical_delta)
        CALL((ptrdiff_t)l, "backward", layer->backward, layer->parameters, &block, layer->z, layer->a, layer->received,
             layer->delta);
      NAME(send_and_move)(layer, s, keep, factor, l > 0 ? before->a : x, l > 0 ? before->received : 0);
      if (layer->moves_biases)
        SCALAR_LOOP for (size_t j = 0; j < layer->neurons; ++j) layer->biases[j] += factor * layer->delta[j];
    }
  }
  return samples;
}

CLONES size_t NAME(nnk_train_one_by_one)(const NAME(nnk_one_sample_layer) *layers, size_t count,
                                  const NAME(nnk_one_sample_loss) *loss, const T *inputs, const T *targets,
                                  const ptrdiff_t *order, size_t samples, const double *rates, double l2,
                                  double *losses, T *answers, nnk_failure *failure) {
  const size_t outputs = layers[count - 1].neurons;
  for (size_t first = 0; first < samples; first += NNK_BLOCK) {
    const size_t block = samples - first < NNK_BLOCK ? samples - first : NNK_BLOCK;
    if (layers->moves) NAME(look_ahead)(layers, inputs, order + first, block);
    const size_t done = NAME(train_block)(layers, count, loss, inputs, targets, order + first, block, rates + first, l2,
                                          losses + first, answers + first * outputs, failure);
    for (size_t l = 0; l < count; ++l)
      if (layers[l].moves) NAME(move)(layers + l, done);
    if (done < block) return first + done;
  }
  return samples;
}

#undef BLOCK
#undef CALL
#endif
