/// The names most like a mistyped one, best first, at most three; empty if none is like it.
///
/// First come the same letters in another case or with other signs between words (ReLU, leakyRelu), then what other
/// frameworks' names mean here (mse, swish), then names that differ by a few letters.
package func nearestNames(to name: String, in names: [String]) -> [String] {
  let bare = letters(name)
  let same = names.filter { letters($0) == bare }
  let meant = namesElsewhere[bare, default: []].filter { names.contains($0) && !same.contains($0) }
  let known = same + meant
  if !known.isEmpty { return Array(known.prefix(3)) }
  let limit = max(1, name.count / 3)
  let lower = name.lowercased()
  let scored = names.map { (name: $0, distance: editDistance(lower, $0.lowercased())) }.filter { candidate in
    candidate.distance <= limit || candidate.name.lowercased().hasPrefix(lower) && name.count > 1
  }
  return scored.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
}

/// A name's letters and digits alone, lower case: `leakyReLU` and `leaky_relu` have the same.
private func letters(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }

/// What names of Keras, PyTorch, scikit-learn, FANN, brain.js and textbooks are called here, by their letters alone.
private let namesElsewhere: [String: [String]] = [
  // Activations
  "linear": ["identity"], "none": ["identity"], "id": ["identity"], "passthrough": ["identity"], "swish": ["silu"],
  "logistic": ["sigmoid", "binary_cross_entropy"], "logsig": ["sigmoid"], "sigm": ["sigmoid"], "expit": ["sigmoid"],
  "tansig": ["tanh"], "hyperbolictangent": ["tanh"], "sigmoidsymmetric": ["tanh"], "rectifier": ["relu"],
  "rectifiedlinear": ["relu"], "rectifiedlinearunit": ["relu"], "ramp": ["relu"], "lrelu": ["leaky_relu"],
  "prelu": ["leaky_relu"], "heaviside": ["step"], "threshold": ["step"], "binarystep": ["step"], "sign": ["step"],
  "sin": ["sine"], "cos": ["cosine"], "elliot": ["elliott"], "elliotsymmetric": ["elliott_symmetric"],
  "gaussiansymmetric": ["gaussian_symmetric"], "linearpiece": ["linear_piece"],
  "median": ["robust"], "robustscaler": ["robust"], "onehot": ["categorical"], "category": ["categorical"],
  "enum": ["categorical"], "ordinal": ["ordered"], "date": ["timestamp"], "datetime": ["timestamp"],
  "numeric": ["number"], "mostfrequent": ["mode"], "imputation": ["missing"],
  "nan": ["missing"], "classweight": ["class_weights"], "sampleweights": ["sample_weight"], "exp": ["exponential"],
  "rbf": ["radial_basis", "gaussian"], "normal": ["gaussian"],
  "hardtanh": ["hard_tanh"], "hsigmoid": ["hard_sigmoid"], "hswish": ["hard_swish"], "hardsilu": ["hard_swish"],
  "logsigmoid": ["log_sigmoid"], "softargmax": ["softmax"],
  // Losses
  "mse": ["mean_squared_error"], "l2": ["mean_squared_error", "squared_error"], "l2loss": ["mean_squared_error"],
  "quadratic": ["half_squared_error", "mean_squared_error"], "mseloss": ["mean_squared_error"],
  "rmse": ["mean_squared_error"], "rootmeansquarederror": ["mean_squared_error"], "sse": ["squared_error"],
  "sumsquarederror": ["squared_error"], "sumofsquares": ["squared_error"], "leastsquares": ["squared_error"],
  "mae": ["mean_absolute_error"], "l1": ["mean_absolute_error"], "l1loss": ["mean_absolute_error"],
  "absoluteerror": ["mean_absolute_error"], "smoothl1": ["huber"], "smoothl1loss": ["huber"],
  "huberloss": ["huber"], "logcosh": ["log_cosh"],
  "bce": ["binary_cross_entropy"], "bceloss": ["binary_cross_entropy"],
  "bcewithlogitsloss": ["binary_cross_entropy"], "binarycrossentropywithlogits": ["binary_cross_entropy"],
  "logloss": ["binary_cross_entropy", "cross_entropy"], "logisticloss": ["binary_cross_entropy"],
  "ce": ["cross_entropy"], "xent": ["cross_entropy"], "crossentropyloss": ["cross_entropy"],
  "categoricalcrossentropy": ["cross_entropy"], "sparsecategoricalcrossentropy": ["cross_entropy"],
  "softmaxcrossentropy": ["cross_entropy"], "nll": ["negative_log_likelihood"], "nllloss": ["negative_log_likelihood"],
  "loglikelihood": ["negative_log_likelihood"], "kl": ["kl_divergence"], "kld": ["kl_divergence"],
  "kldiv": ["kl_divergence"], "kldivloss": ["kl_divergence"], "kullbackleiblerdivergence": ["kl_divergence"],
  "svm": ["hinge"], "poissonnll": ["poisson"],
  // Neurons and first weights
  "dense": ["weighted_sum"], "perceptron": ["weighted_sum"], "dot": ["weighted_sum"], "xavier": ["glorot_uniform"],
  "xavieruniform": ["glorot_uniform"], "xaviernormal": ["glorot_normal"], "kaiming": ["he_normal"],
  "kaimingnormal": ["he_normal"], "kaiminguniform": ["he_uniform"], "randomnormal": ["normal"],
  "randomuniform": ["uniform"], "random": ["uniform", "normal"], "zero": ["zeros"], "ones": ["constant"],
  "he": ["he_normal"], "glorot": ["glorot_uniform"], "lecun": ["lecun_normal"],
  // Optimizers and schedules
  "gradientdescent": ["sgd"], "gd": ["sgd"], "momentum": ["sgd"], "nesterov": ["sgd"], "backprop": ["sgd"],
  "backpropagation": ["sgd"], "irprop": ["irpropm", "rprop"], "reducelronplateau": ["plateau"], "resilient": ["rprop"],
  "trainrprop": ["rprop"],
  "steplr": ["step"], "exponentiallr": ["exponential"], "cosineannealing": ["cosine"],
  "cosineannealinglr": ["cosine"], "cosinedecay": ["cosine"], "steps": ["step"],
  // Other values
  "minmax": ["unit"], "minmaxscaler": ["unit"], "normalize": ["unit", "standard"], "standardize": ["standard"],
  "standardscaler": ["standard"], "zscore": ["standard"], "float": ["float32"], "single": ["float32"],
  "fp32": ["float32"], "f32": ["float32"], "double": ["float64"], "fp64": ["float64"], "f64": ["float64"],
  "valloss": ["validation_loss"], "valaccuracy": ["validation_accuracy"], "valacc": ["validation_accuracy"],
  "accuracy": ["validation_accuracy", "train_accuracy"], "acc": ["validation_accuracy"],
  "mkl": ["onednn"], "openblas": ["blas"], "native": ["builtin"],
  // Keys
  "lr": ["learning_rate"], "learningrate": ["learning_rate"], "alpha": ["learning_rate"],
  "eta": ["learning_rate"], "stepsize": ["learning_rate"], "rate": ["learning_rate"],
  "lrschedule": ["schedule"], "lrscheduler": ["schedule"], "scheduler": ["schedule"],
  "activationfunction": ["activation"],
  "activations": ["activation"], "act": ["activation"], "transfer": ["activation"], "nonlinearity": ["activation"],
  "units": ["neurons"], "nodes": ["neurons"], "size": ["neurons", "samples"], "width": ["neurons"],
  "outfeatures": ["neurons"], "type": ["neuron", "name"], "kind": ["neuron", "name"], "init": ["initializer"],
  "kernelinitializer": ["initializer"], "weightinit": ["initializer"], "bias": ["biases"], "trainable": ["frozen"],
  "freeze": ["frozen"], "batchsize": ["batch"], "minibatch": ["batch"], "nepochs": ["epochs"],
  "numepochs": ["epochs"], "maxepochs": ["epochs"], "iterations": ["epochs"], "maxiter": ["epochs"],
  "niter": ["epochs"], "criterion": ["loss"], "lossfunction": ["loss"], "cost": ["loss"], "objective": ["loss"],
  "errorfunction": ["loss"], "optim": ["optimizer"], "optimiser": ["optimizer"], "solver": ["optimizer"],
  "algorithm": ["optimizer"], "earlystop": ["early_stopping"], "monitor": ["metric"], "nesterovmomentum": ["nesterov"],
  "decay": ["weight_decay"], "rho": ["decay"], "gamma": ["factor"], "stepevery": ["every"], "etamin": ["minimum"],
  "std": ["deviation"], "stddev": ["deviation"], "low": ["minimum"], "high": ["maximum"], "min": ["minimum"],
  "max": ["maximum"], "model": ["network", "from"], "net": ["network"], "dataset": ["data"], "training": ["train"],
  "trainset": ["train"], "val": ["validation"], "valid": ["validation"], "validationsplit": ["validation"],
  "validationdata": ["validation"], "scaling": ["scale"], "scaler": ["scale"], "normalization": ["scale"],
  "file": ["path"], "filename": ["path"], "features": ["input", "inputs"], "x": ["input"], "y": ["target"],
  "label": ["target", "labels"], "output": ["target"], "outputs": ["target"], "delimiter": ["separator"],
  "sep": ["separator"], "hasheader": ["header"], "ignore": ["exclude", "skip"], "drop": ["exclude"],
  "pretrained": ["from"],
  "randomstate": ["seed"], "randomseed": ["seed"], "dtype": ["precision"], "threadPool": ["threads"],
  "njobs": ["threads"], "hidden": ["layers"], "hiddenlayers": ["layers"], "inputsize": ["inputs"],
  "weightdecay": ["weight_decay", "l2"], "checkpoints": ["checkpoint"], "regularizer": ["regularization"],
  // Commands
  "fit": ["run"], "train": ["run"], "start": ["run"], "resume": ["run"], "continue": ["run"], "eval": ["evaluate"],
  "test": ["evaluate"], "measure": ["evaluate"], "infer": ["predict"], "inference": ["predict"], "ask": ["predict"],
  "classify": ["predict"], "validate": ["check"], "verify": ["check"], "lint": ["check"], "create": ["new"],
  "generate": ["new"], "stop": ["finish"], "end": ["finish"], "quit": ["finish"], "compare": ["report"],
  "show": ["report", "view"], "serve": ["view"], "live": ["view"], "watch": ["view"], "dashboard": ["view"],
  "save": ["export"], "convert": ["export"], "gradientcheck": ["gradcheck"], "trace": ["explain"],
  "backward": ["explain"], "functions": ["plugins"],
]

/// How many characters must be inserted, removed, replaced or swapped with a neighbour to turn one text into the other
/// (Damerau, 1964).
private func editDistance(_ left: String, _ right: String) -> Int {
  let (a, b) = (Array(left), Array(right))
  var before: [Int] = []
  var previous = Array(0...b.count)
  for i in a.indices {
    var current = [i + 1]
    for j in b.indices {
      var cost = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
      current.append(cost)
    }
    (before, previous) = (previous, current)
  }
  return previous[b.count]
}
