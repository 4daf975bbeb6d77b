"""Makes the fixtures of NPYTests: python3 make.py FOLDER (NumPy 2.4)."""

import sys

import numpy

folder = sys.argv[1]
small = numpy.arange(12) * 0.25 - 1
for name, array in {
    "f4": small.reshape(4, 3).astype("<f4"),
    "big_f8": small.reshape(4, 3).astype(">f8"),
    "fortran": numpy.asfortranarray(small.reshape(2, 3, 2)),
    "big_fortran_i4": numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 2, 2).astype(">i4")),
    "u1": numpy.arange(48, dtype="u1").reshape(3, 1, 4, 4),
    "i8": numpy.array([2, 0, 1, 2]),
    "f2": small.reshape(4, 3).astype("f2"),
    "version_3": numpy.zeros((2, 2)),
}.items():
    if name == "version_3":
        with open(f"{folder}/{name}.npy", "wb") as file:
            numpy.lib.format.write_array(file, array, version=(3, 0))
    else:
        numpy.save(f"{folder}/{name}.npy", array)
numpy.savez(f"{folder}/stored.npz", x=small.reshape(4, 3), y=numpy.array([2, 0, 1, 2]))
numpy.savez_compressed(f"{folder}/packed.npz", x=small.reshape(4, 3), y=numpy.array([2, 0, 1, 2]))
