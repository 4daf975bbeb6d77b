/// The version of nnkit, by semantic versioning; the Makefile reads it from here.
public let nnkitVersion = "0.1.0"
