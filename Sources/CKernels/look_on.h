// The first layer of a small network hears the next sample x' while it still works at this one, x.
//
// A training of few neurons is a chain of short operations, each waiting for the last: what is taken off the chain is won. The
// next sample's z is
//
//   z' = b' + W' x' = (b + W x') - rate (x . x' + 1) delta
//
// of which all but delta is known before this sample's backward pass begins.

// More neurons than this have enough to do at a time.
#define LOOKS_ON 8

typedef struct NAME(next_sample) {
  T z[LOOKS_ON];  // b + W x'
  T overlap;      // x . x' + 1
} NAME(next_sample);

INLINE int NAME(can_look_on)(const NAME(nnk_one_sample_layer) *layer) {
  return layer->fan_in < SHORT && layer->neurons <= LOOKS_ON && layer->moves_weights && layer->moves_biases;
}

INLINE void NAME(look_on)(const NAME(nnk_one_sample_layer) *layer, const T *x, const T *next_x, NAME(next_sample) *next) {
  next->overlap = 1;
  SCALAR_LOOP for (size_t i = 0; i < layer->fan_in; ++i) next->overlap += x[i] * next_x[i];
  NAME(combine_short)(layer, next_x, next->z);
}

// `factor` is that of the moves, -rate.
INLINE void NAME(combine_next)(const NAME(nnk_one_sample_layer) *layer, T factor, const NAME(next_sample) *next) {
  const T move = factor * next->overlap;
  SCALAR_LOOP for (size_t j = 0; j < layer->neurons; ++j) layer->z[j] = next->z[j] + move * layer->delta[j];
}
