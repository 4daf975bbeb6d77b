// All bundled functions, linked into the program: it finds them without a folder of plugins, wherever it is copied to.
@_exported public import NNKit
