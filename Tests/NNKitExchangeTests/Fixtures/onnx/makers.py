"""Makes the ONNX fixtures of other tools, with their own outputs; the makers' versions stand in each file's JSON."""
import json, sys, warnings
import numpy, onnx, torch, onnxruntime
from torch import nn
folder = sys.argv[1]
warnings.simplefilter("ignore")
torch.manual_seed(1)
rng = numpy.random.default_rng(1)

def save(name, model, x, note):
    path = f"{folder}/{name}.onnx"
    # PyTorch notes where in which file a node was made.
    for item in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output]:
        item.doc_string = ""
        del item.metadata_props[:]
    onnx.save(model, path)
    session = onnxruntime.InferenceSession(path)
    outputs = session.run(None, {session.get_inputs()[0].name: x})
    y = [o for o in outputs if isinstance(o, numpy.ndarray) and o.dtype.kind == "f"][-1] if any(isinstance(o, numpy.ndarray) and o.dtype.kind == "f" for o in outputs) else numpy.array([list(d.values()) for d in outputs[-1]])
    json.dump({"maker": note, "inputs": x.reshape(len(x), -1).astype(float).tolist(), "outputs": numpy.asarray(y, float).reshape(len(x), -1).tolist()}, open(f"{folder}/{name}.json", "w"))
    print(name, [n.op_type for n in model.graph.node], y.shape)

def pytorch(name, module, shape, **options):
    module.eval()
    x = torch.randn(8, *shape)
    for kind in (["script", "dynamo"] if name in ("torch_activations", "torch_normalized") else ["script"]):
        path = f"{folder}/x.onnx"
        if kind == "script":
            torch.onnx.export(module, (x,), path, dynamo=False, input_names=["input"], output_names=["output"], dynamic_axes={"input": {0: "n"}, "output": {0: "n"}}, **options)
        else:
            torch.onnx.export(module, (x,), path, dynamo=True, external_data=False, dynamic_shapes=({0: torch.export.Dim("n")},), verbose=False)
        save(name if kind == "script" else name + "_dynamo", onnx.load(path), x.numpy(), f"PyTorch {torch.__version__}, torch.onnx.export, {kind}")

class Bent(nn.Module):
    def __init__(self):
        super().__init__()
        acts = [nn.GELU(), nn.SiLU(), nn.Mish(), nn.LogSigmoid(), nn.Softsign(), nn.Hardswish(), nn.Hardsigmoid(), nn.ReLU6(), nn.Hardtanh(), nn.ELU(1.3), nn.CELU(0.7), nn.SELU(), nn.LeakyReLU(0.2), nn.Softplus(), nn.PReLU(4)]
        layers = [nn.Linear(5, 4)]
        for a in acts: layers += [a, nn.Linear(4, 4)]
        self.net = nn.Sequential(*layers, nn.LogSoftmax(dim=1))
    def forward(self, x): return self.net(x)

def trained(m):
    for p in m.modules():
        if isinstance(p, (nn.BatchNorm1d, nn.BatchNorm2d)):
            p.running_mean.normal_(); p.running_var.uniform_(0.5, 2); nn.init.uniform_(p.weight, 0.5, 1.5); nn.init.normal_(p.bias)
    return m

pytorch("torch_activations", Bent(), (5,))
pytorch("torch_normalized", trained(nn.Sequential(nn.Flatten(), nn.BatchNorm1d(12), nn.Linear(12, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Linear(6, 3, bias=False), nn.Softmax(dim=-1))), (3, 4))

# Networks of images: convolutions, pools, normalization, branches.
def pytorch_images(name, module, shape):
    pytorch(name, trained(module), shape)

class Residual(nn.Module):
    def __init__(self, channels, stride=1):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))
    def forward(self, x): return torch.relu(x + self.a(x))

class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(5, 4, 1), nn.Linear(9 * 16, 3)
    def forward(self, x):
        y = torch.relu(self.a(x)); z = torch.cat([x, y], 1)
        return self.c(torch.cat([torch.tanh(self.b(z)), z], 1).flatten(1))

class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        self.b = nn.ModuleList([nn.Conv2d(1, 2, 1), nn.Conv2d(1, 3, 3, padding=1), nn.Sequential(nn.AvgPool2d(3, 1, 1), nn.Conv2d(1, 2, 1))])
        self.end = nn.Linear(7, 2)
    def forward(self, x): return self.end(torch.cat([torch.relu(b(x)) for b in self.b], 1).mean((2, 3)))

class Preactivated(nn.Module):
    def __init__(self):
        super().__init__()
        self.n, self.c, self.end = nn.BatchNorm2d(2), nn.Conv2d(2, 2, 3, padding=1), nn.Linear(2 * 25, 3)
    def forward(self, x): return self.end((x * 0.5 + self.c(torch.relu(self.n(x)))).flatten(1))

pytorch_images("torch_lenet", nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 2, padding=1, groups=2), nn.PReLU(6), nn.AvgPool2d(2, ceil_mode=False), nn.Dropout(), nn.Flatten(), nn.Linear(24, 5), nn.Tanh(), nn.Linear(5, 3), nn.Softmax(dim=1)), (1, 8, 8))
pytorch_images("torch_residual", nn.Sequential(nn.Conv2d(1, 3, 3, stride=2, padding=1), nn.BatchNorm2d(3), nn.ReLU(), Residual(3), Residual(3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 4)), (1, 7, 7))
pytorch_images("torch_branches", Dense(), (2, 4, 4))
pytorch_images("torch_inception", Inception(), (1, 5, 5))
pytorch_images("torch_preactivated", Preactivated(), (2, 5, 5))
pytorch_images("torch_signal", nn.Sequential(nn.BatchNorm1d(2), nn.Conv1d(2, 3, 3, dilation=2), nn.SiLU(), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(9, 2), nn.LogSoftmax(1)), (2, 10))
pytorch_images("torch_mobile", nn.Sequential(nn.Conv2d(2, 4, 1), nn.Hardswish(), nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4), nn.SiLU(), nn.AvgPool2d(3, 2, 1), nn.Conv2d(4, 3, 1), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Softmax(dim=1)), (2, 6, 6))

from sklearn.datasets import load_iris, load_diabetes
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.linear_model import LogisticRegression, LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
import sklearn, skl2onnx
from skl2onnx import to_onnx
iris, diabetes = load_iris(), load_diabetes()
names = iris.target_names[iris.target]
note = f"scikit-learn {sklearn.__version__}, skl2onnx {skl2onnx.__version__}"
def scikit(name, model, x, y, **options):
    model.fit(x, y)
    save(name, to_onnx(model, x[:1].astype(numpy.float32), target_opset=18, **options), x[::20].astype(numpy.float32), note)
binary = iris.target < 2
scikit("sklearn_classifier", make_pipeline(StandardScaler(), MLPClassifier((6,), "tanh", max_iter=300, random_state=1)), iris.data, names, options={"zipmap": False})
scikit("sklearn_zipmap", MLPClassifier((5,), "relu", max_iter=300, random_state=1), iris.data, iris.target)
scikit("sklearn_binary", make_pipeline(StandardScaler(), MLPClassifier((4,), "logistic", max_iter=300, random_state=1)), iris.data[binary], iris.target[binary], options={"zipmap": False})
scikit("sklearn_regressor", make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(8, 4), activation="relu", max_iter=300, random_state=1)), diabetes.data, diabetes.target)
scikit("sklearn_logistic", LogisticRegression(max_iter=500), iris.data, names, options={"zipmap": False})
scikit("sklearn_linear", LinearRegression(), diabetes.data, diabetes.target)

# A graph as tf2onnx writes one for Keras: MatMul and Add, weights turned by constants, names with slashes.
from onnx import helper, numpy_helper, TensorProto as T
w1, b1, w2 = rng.normal(size=(4, 6)).astype("f4"), rng.normal(size=6).astype("f4"), rng.normal(size=(6, 2)).astype("f4")
nodes = [
    helper.make_node("Reshape", ["input_1", "const_shape"], ["model/flatten/Reshape:0"], name="model/flatten/Reshape"),
    helper.make_node("MatMul", ["model/flatten/Reshape:0", "model/dense/MatMul/ReadVariableOp:0"], ["model/dense/MatMul:0"], name="model/dense/MatMul"),
    helper.make_node("Add", ["model/dense/MatMul:0", "model/dense/BiasAdd/ReadVariableOp:0"], ["model/dense/BiasAdd:0"], name="model/dense/BiasAdd"),
    helper.make_node("HardSigmoid", ["model/dense/BiasAdd:0"], ["model/dense/HardSigmoid:0"], alpha=0.2, beta=0.5, name="model/dense/HardSigmoid"),
    helper.make_node("Transpose", ["turned"], ["model/dense_1/MatMul/ReadVariableOp:0"], perm=[1, 0], name="model/dense_1/Transpose"),
    helper.make_node("MatMul", ["model/dense/HardSigmoid:0", "model/dense_1/MatMul/ReadVariableOp:0"], ["model/dense_1/MatMul:0"], name="model/dense_1/MatMul"),
    helper.make_node("Softmax", ["model/dense_1/MatMul:0"], ["dense_1"], name="model/dense_1/Softmax"),
]
graph = helper.make_graph(nodes, "tf2onnx", [helper.make_tensor_value_info("input_1", T.FLOAT, ["unk__1", 2, 2])], [helper.make_tensor_value_info("dense_1", T.FLOAT, ["unk__2", 2])],
    [numpy_helper.from_array(v, n) for n, v in [("const_shape", numpy.array([-1, 4])), ("model/dense/MatMul/ReadVariableOp:0", w1), ("model/dense/BiasAdd/ReadVariableOp:0", b1), ("turned", w2.T.copy())]])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7, producer_name="tf2onnx")
save("keras_like", model, rng.normal(size=(8, 2, 2)).astype("f4"), f"onnx.helper {onnx.__version__}, in the manner of tf2onnx")
# A graph of images as tf2onnx writes one: channels last, moved to the front before a Conv, and back before the weights of Dense.
k,b,w,c=[rng.normal(size=s).astype("f4")*0.4 for s in [(4,1,3,3),(4,),(4*3*2,3),(3,)]]
nodes=[
 helper.make_node("Transpose",["input_1"],["t0"],perm=[0,3,1,2],name="model/conv2d/Conv2D__6"),
 helper.make_node("Conv",["t0","k","b"],["c0"],name="model/conv2d/Conv2D",kernel_shape=[3,3],auto_pad="SAME_UPPER",strides=[1,1]),
 helper.make_node("Relu",["c0"],["r0"],name="model/conv2d/Relu"),
 helper.make_node("MaxPool",["r0"],["p0"],name="model/max_pooling2d/MaxPool",kernel_shape=[2,2],strides=[2,2]),
 helper.make_node("Transpose",["p0"],["t1"],perm=[0,2,3,1],name="model/max_pooling2d/MaxPool__14"),
 helper.make_node("Reshape",["t1","s"],["f0"],name="model/flatten/Reshape"),
 helper.make_node("MatMul",["f0","w"],["m0"],name="model/dense/MatMul"),
 helper.make_node("Add",["m0","c"],["a0"],name="model/dense/BiasAdd"),
 helper.make_node("Softmax",["a0"],["dense"],name="model/dense/Softmax"),
]
g=helper.make_graph(nodes,"tf2onnx",[helper.make_tensor_value_info("input_1",T.FLOAT,["unk__1",6,4,1])],[helper.make_tensor_value_info("dense",T.FLOAT,["unk__2",3])],
 [numpy_helper.from_array(v,n) for n,v in [("k",k),("b",b),("w",w),("c",c),("s",numpy.array([-1,24]))]])
m=helper.make_model(g,opset_imports=[helper.make_opsetid("",13)],ir_version=7,producer_name="tf2onnx")
save("keras_images_like", m, rng.normal(size=(8, 6, 4, 1)).astype("f4"), f"onnx.helper {onnx.__version__}, in the manner of tf2onnx")
# Outputs in another order than the neurons.
w,b=rng.normal(size=(6,4)).astype("f4"),rng.normal(size=6).astype("f4")
nodes=[helper.make_node("Gemm",["x","w","b"],["g"],name="dense",transB=1),
 helper.make_node("Reshape",["g","s"],["r"],name="images"),
 helper.make_node("Transpose",["r"],["t"],name="channels_last",perm=[0,2,1]),
 helper.make_node("Flatten",["t"],["y"],name="flat",axis=1)]
g=helper.make_graph(nodes,"moved",[helper.make_tensor_value_info("x",T.FLOAT,["n",4])],[helper.make_tensor_value_info("y",T.FLOAT,["n",6])],
 [numpy_helper.from_array(v,n) for n,v in [("w",w),("b",b),("s",numpy.array([-1,2,3]))]])
m=helper.make_model(g,opset_imports=[helper.make_opsetid("",13)],ir_version=7,producer_name="onnx.helper")
onnx.save(m, f"{folder}/moved_outputs.onnx")
import os; os.remove(f"{folder}/x.onnx")
