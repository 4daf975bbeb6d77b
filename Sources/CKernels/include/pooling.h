/* Pooling: one number of each window of a channel, its greatest or the mean of those that are in the image. */
#ifndef NNK_POOLING_H
#define NNK_POOLING_H

#include <stddef.h>

/* A window that slides over channels of height x width numbers, each a run of `samples`. Arrays of x and messages are
   channels x height x width x samples, of z and delta channels x rows x columns x samples. */
typedef struct nnk_pool {
  int is_maximum;
  size_t height, width, samples;
  size_t kernel_height, kernel_width, stride_height, stride_width, dilation_height, dilation_width;
  size_t padding_top, padding_left;
  size_t rows, columns; /* of positions */
} nnk_pool;

/* z of `channels` channels. room: width * samples numbers. */
#define NNK_POOLING(T, SUFFIX)                                                                                  \
  void nnk_pool_##SUFFIX(const nnk_pool *pool, size_t channels, const T *x, T *z, T *room);                     \
  /* Adds to each message what delta says of that number of the image; of equal maxima the first gets it. Where the  \
     windows cover each number of the image once, `overwrites` has it written instead: no zeros are needed then. */  \
  void nnk_pool_back_##SUFFIX(const nnk_pool *pool, size_t channels, const T *x, const T *z, const T *delta,    \
                              T *messages, int overwrites);

NNK_POOLING(float, f32)
NNK_POOLING(double, f64)
#undef NNK_POOLING

#endif
