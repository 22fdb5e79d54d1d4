"""Names of PyTorch's that mean nothing for NumPy on one CPU: one table of what each does here.

Programs and libraries write `@torch.jit.script`, ask `torch.cuda.device_count()` or set `torch.backends` flags, and
none of it changes what they compute. Such names exist, so that the programs run. Whatever would change something
(a model exported, a tensor of another kind) is refused where it is used, with a sentence that says why.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterator
from contextlib import ContextDecorator
from enum import IntEnum
from importlib.machinery import ModuleSpec
from types import FunctionType, ModuleType
from typing import Any, cast

#: Why a name is refused, by a word for the reason.
REASONS = {
    "program": (
        "no program of PyTorch's own is made: torch.compile writes one that runs on NumPy, and "
        "torch.save(model.state_dict(), path) keeps the weights"
    ),
    "operators": (
        "operators are not registered with a dispatcher, nor written in C++ or CUDA: use "
        "torch.autograd.Function or autograd.extend"
    ),
    "download": (
        "nothing is downloaded, and PyTorch's files are pickles, which can execute any code: convert the "
        "weights to safetensors and use torch.load"
    ),
    "GPU": "there is no GPU",
    "processes": "all processes are one group: leave group out",
    "sparse": "sparse tensors are not supported",
    "subclass": "__torch_function__ has no effect: define a Function, or a subclass of Tensor with methods of its own",
    "foreach": "optimizers have no foreach kernels",
    "dynamo": "there is no TorchDynamo: step.explain() of a step that torch.compile made says what was compiled",
}

#: The names of each module below `autograd`, and what they do here:
#:
#: a literal         a function that takes any arguments and returns it
#: = literal         the value itself
#: argument          the first argument, unchanged; without one, a decorator that changes nothing
#: decorator         a decorator with any arguments that changes nothing
#: context           a context manager and decorator that does nothing
#: class             a class without instances, for isinstance; to make one is refused
#: enum NAMES        an enumeration
#: subclass of NAME  a class that adds nothing to that one
#: error, warning    an exception that is never raised
#: is NAME           that object
#: refused: REASON   a function that raises RuntimeError with that sentence of REASONS
TABLE = {
    "": """
        compiled_with_cxx11_abi, is_vulkan_available, is_warn_always_enabled, is_storage, is_distributed: False
        is_deterministic_algorithms_warn_only_enabled, is_autocast_cache_enabled, is_autocast_cpu_enabled: False
        set_flush_denormal: False
        set_warn_always, set_num_interop_threads, set_deterministic_debug_mode, clear_autocast_cache: None
        set_autocast_enabled, set_autocast_cpu_enabled, set_autocast_dtype, set_autocast_cpu_dtype: None
        set_autocast_gpu_dtype, set_autocast_cache_enabled: None
        autocast_increment_nesting, autocast_decrement_nesting, get_deterministic_debug_mode: 0
        get_num_interop_threads, _debug_has_internal_overlap: 1
        sym_int: is builtins.int
        sym_float: is builtins.float
        sym_not: is operator.not_
        spmm: is autograd.mm
        _assert: is autograd.without_effect._assert
        sym_max: is builtins.max
        sym_min: is builtins.min
        SymInt, SymFloat, SymBool, ScriptObject, ScriptModule, Stream, Event, UntypedStorage, TypedStorage: class
        OutOfMemoryError, AcceleratorError: error
        DisableTorchFunction, DisableTorchFunctionSubclass: context
    """,
    "_C": """
        _log_api_usage_once, _get_tracing_state, _jit_set_profiling_mode, _jit_set_profiling_executor: None
        _jit_set_texpr_fuser_enabled, _jit_override_can_fuse_on_cpu, _jit_override_can_fuse_on_gpu: None
        _is_tracing, _has_distributed: False
        DisableTorchFunction, DisableTorchFunctionSubclass, _ExcludeDispatchKeyGuard, _DisableFuncTorch: context
        DispatchKeySet, Graph, Node, Value, ScriptObject, ScriptFunction, ScriptModule: class
        Generator: is autograd.Generator
        TensorBase, _TensorBase: is autograd.Tensor
        Size: is autograd.Size
        device: is autograd.device
        dtype: is autograd.dtype
        _LinAlgError: is autograd.linalg.LinAlgError
    """,
    "__config__": """
        show, parallel_info: "Glassgrad computes with NumPy: see numpy.show_config()"
    """,
    "_dynamo": """
        allow_in_graph, disallow_in_graph, forbid_in_graph, assume_constant_result: argument
        mark_dynamic, maybe_mark_dynamic, mark_static, mark_static_address, graph_break: None
        optimize, substitute_in_graph: decorator
        disable: is autograd.compiler.disable
        reset: is autograd.compiler.reset
        is_compiling: is autograd.compiler.is_compiling
        list_backends: is autograd.compiler.list_backends
        OptimizedModule: class
        explain, export: refused: dynamo
    """,
    "_dynamo.config": """
        suppress_errors, verbose, capture_scalar_outputs, capture_dynamic_output_shape_ops, optimize_ddp: = False
        assume_static_by_default, automatic_dynamic_shapes, inline_inbuilt_nn_modules: = True
        cache_size_limit, recompile_limit, accumulated_cache_size_limit: = 8
    """,
    "_dynamo.utils": """
        is_compile_supported: False
    """,
    "_inductor": "",
    "_inductor.config": """
        fallback_random, max_autotune, coordinate_descent_tuning, epilogue_fusion, shape_padding: = False
    """,
    "_jit_internal": """
        export, ignore, unused, _copy_to_script_wrapper, _overload, _overload_method: argument
        is_scripting: False
        Final: is typing.Final
        BroadcastingList1, BroadcastingList2, BroadcastingList3: is typing.List
    """,
    "accelerator": """
        is_available: False
        current_accelerator, synchronize, empty_cache: None
        device_count, memory_allocated, max_memory_allocated, memory_reserved, max_memory_reserved: 0
        set_device_index, current_device_index, current_stream, set_stream: refused: GPU
    """,
    "amp": """
        is_autocast_available: False
        custom_fwd, custom_bwd: argument
    """,
    "backends": """
        disable_global_flags, flags_frozen: None
    """,
    "backends.cpu": """
        get_cpu_capability: "DEFAULT"
    """,
    "backends.cuda": """
        enable_flash_sdp, enable_mem_efficient_sdp, enable_math_sdp, enable_cudnn_sdp: None
        preferred_linalg_library, preferred_blas_library, allow_fp16_bf16_reduction_math_sdp: None
        flash_sdp_enabled, mem_efficient_sdp_enabled, cudnn_sdp_enabled, is_flash_attention_available: False
        can_use_flash_attention, can_use_efficient_attention, can_use_cudnn_attention: False
        math_sdp_enabled: True
        sdp_kernel: context
    """,
    "backends.cudnn": """
        is_acceptable: False
        set_flags: None
        flags: context
        benchmark_limit: = 10
    """,
    "backends.mkl": """
        is_available: False
        verbose: context
    """,
    "backends.mkldnn": """
        is_available: False
        enabled: = False
        flags, verbose: context
    """,
    "backends.nnpack": """
        is_available: False
        flags: context
    """,
    "backends.openmp": """
        is_available: False
    """,
    "backends.opt_einsum": """
        is_available: False
        enabled: = False
        get_opt_einsum, strategy: None
    """,
    "backends.quantized": """
        engine: = "none"
        supported_engines: = ("none",)
    """,
    "compiler": """
        allow_in_graph, assume_constant_result, nested_compile_region, wrap_numpy: argument
        substitute_in_graph: decorator
        is_exporting: False
        set_stance: context
    """,
    "compiler.config": "",
    "cpu": """
        is_available, is_initialized: True
        device_count: 1
        current_device: "cpu"
        synchronize, set_device, current_stream: None
        stream, StreamContext: context
    """,
    "cuda": """
        is_current_stream_capturing, can_device_access_peer, is_tf32_supported: False
        memory_reserved, max_memory_reserved, memory_cached, max_memory_cached, utilization, memory_usage: 0
        memory_stats: {}
        memory_summary: ""
        get_arch_list: []
        init, ipc_collect, seed, seed_all, set_stream, set_per_process_memory_fraction, set_sync_debug_mode: None
        reset_max_memory_allocated, reset_max_memory_cached, reset_accumulated_memory_stats: None
        stream, device, device_of, StreamContext: context
        OutOfMemoryError: is autograd.OutOfMemoryError
        FloatTensor, DoubleTensor, HalfTensor, BFloat16Tensor, LongTensor, IntTensor, ShortTensor, CharTensor: class
        ByteTensor, BoolTensor, Event, Stream, ExternalStream, CUDAGraph, MemPool: class
        current_device, set_device, current_stream, default_stream, mem_get_info: refused: GPU
        get_device_name, get_device_properties, get_device_capability, initial_seed: refused: GPU
        get_rng_state, get_rng_state_all, set_rng_state, set_rng_state_all, graph: refused: GPU
    """,
    "cuda.nvtx": """
        range_push, range_pop, mark: None
        range: context
    """,
    "cuda.profiler": """
        start, stop: None
        profile: context
    """,
    "distributed": """
        is_nccl_available, is_gloo_available, is_torchelastic_launched: False
        ProcessGroup, Store: class
        new_group: refused: processes
    """,
    "distributed.tensor": """
        DTensor: class
    """,
    "export": """
        export, save, load, Dim: refused: program
        ExportedProgram: class
    """,
    "fx": """
        wrap, has_side_effect: argument
        Tracer, Graph, GraphModule, Node, Proxy, Interpreter, Transformer: class
        symbolic_trace, replace_pattern, map_arg: refused: program
    """,
    "fx.graph_module": """
        GraphModule: is autograd.fx.GraphModule
    """,
    "fx.node": """
        Node: is autograd.fx.Node
    """,
    "hub": """
        load, list, help, load_state_dict_from_url, download_url_to_file: refused: download
        set_dir: None
        get_dir, _get_torch_home: ""
    """,
    "jit": """
        script, trace, trace_module, freeze, optimize_for_inference, script_if_tracing, _script_if_tracing: argument
        ignore, unused, export, interface, script_method, _overload, _overload_method, Attribute: argument
        is_scripting, is_tracing, onednn_fusion_enabled: False
        enable_onednn_fusion, set_fusion_strategy: None
        optimized_execution, strict_fusion, fuser: context
        isinstance: is builtins.isinstance
        annotate: is typing.cast
        fork: is operator.call
        wait: argument
        Final: is typing.Final
        ScriptModule, RecursiveScriptModule, TopLevelTracedModule: subclass of nn.module.Module
        ScriptFunction, CompilationUnit, Future: class
        TracerWarning: warning
        Error: error
        save, load: refused: program
    """,
    "jit.annotations": """
        BroadcastingList1, BroadcastingList2, BroadcastingList3: is typing.List
    """,
    "library": """
        register_fake, register_kernel, register_vmap, register_autocast, impl_abstract: decorator
        custom_op, triton_op, define, impl, Library, register_autograd: refused: operators
    """,
    "mps": """
        is_available: False
        device_count, current_allocated_memory, driver_allocated_memory, recommended_max_memory: 0
        empty_cache, synchronize, manual_seed, seed, set_per_process_memory_fraction: None
        get_rng_state, set_rng_state, compile_shader: refused: GPU
    """,
    "mtia": """
        is_available, is_initialized: False
        device_count, memory_allocated, max_memory_allocated: 0
    """,
    "nn.attention": """
        SDPBackend: enum ERROR MATH FLASH_ATTENTION EFFICIENT_ATTENTION CUDNN_ATTENTION OVERRIDEABLE
        sdpa_kernel: context
        WARN_FOR_UNFUSED_KERNELS: = False
    """,
    "onnx": """
        is_in_onnx_export: False
        register_custom_op_symbolic, unregister_custom_op_symbolic: None
        export: refused: program
        OnnxExporterError: error
        ONNXProgram: class
    """,
    "onnx.symbolic_helper": """
        parse_args, quantized_args: decorator
    """,
    "overrides": """
        has_torch_function, has_torch_function_unary, has_torch_function_variadic, is_tensor_method_or_property: False
        wrap_torch_function: decorator
        get_ignored_functions: ()
        get_overridable_functions, get_testing_overrides: {}
        is_tensor_like: is autograd.is_tensor
        TorchFunctionMode, BaseTorchFunctionMode: class
        handle_torch_function: refused: subclass
    """,
    "profiler": """
        kineto_available: False
        emit_nvtx, emit_itt: context
        ExecutionTraceObserver: class
    """,
    "sparse": """
        FloatTensor, DoubleTensor, HalfTensor, LongTensor, SparseSemiStructuredTensor: class
        mm, addmm, sum, softmax, log_softmax, spsolve, spdiags, sampled_addmm: refused: sparse
        check_sparse_tensor_invariants: context
    """,
    "utils": """
        get_cpp_backtrace: ""
    """,
    "utils.cpp_extension": """
        load, load_inline, CppExtension, CUDAExtension, BuildExtension, include_paths: refused: operators
        CUDA_HOME: = None
    """,
    "utils.model_zoo": """
        load_url: is autograd.hub.load_state_dict_from_url
    """,
    "utils.tensorboard": """
        SummaryWriter: is tensorboardX.SummaryWriter
    """,
    "utils._python_dispatch": """
        TorchDispatchMode: class
    """,
    "xpu": """
        is_available, is_initialized, is_bf16_supported: False
        device_count, memory_allocated, max_memory_allocated, memory_reserved, max_memory_reserved: 0
        empty_cache, synchronize, manual_seed, manual_seed_all: None
        set_device, current_device, get_device_name, get_device_properties: refused: GPU
        stream, device: context
    """,
}  # fmt: skip


def rows(module: str) -> Iterator[tuple[str, str]]:
    """The names of a module below `autograd`, each with what the table says that it does.

    >>> dict(rows("backends.openmp"))
    {'is_available': 'False'}
    """
    for line in filter(None, map(str.strip, TABLE[module].splitlines())):
        names, _, what = line.partition(": ")
        for name in names.split(", "):
            yield name, what


def names_of(module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module below `autograd`: it makes each name of the table on first use.

    Raises:
        AttributeError: the table has no such name.
    """
    full = f"autograd.{module}".rstrip(".")

    def __getattr__(name: str) -> Any:
        if f"{module}.{name}".lstrip(".") in TABLE:
            return importlib.import_module(f"{full}.{name}")
        what = dict(rows(module)).get(name)
        if what is None:
            raise AttributeError(f"module {full!r} has no attribute {name!r}")
        value = _made(f"{full}.{name}".replace("autograd", "torch", 1), what)
        setattr(importlib.import_module(full), name, value)
        return value

    return __getattr__


def spec(fullname: str) -> ModuleSpec | None:
    """What the import system needs to make a module of the table; None if there is no such module."""
    if not fullname.startswith("autograd.") or fullname.removeprefix("autograd.") not in TABLE:
        return None
    return ModuleSpec(fullname, cast(Any, _Loader()), origin=__file__, is_package=True)


class _Loader:
    """Makes a module that is in the table only."""

    def create_module(self, spec: ModuleSpec) -> None:
        """Let the import system make the module."""

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its names, which are made on first use."""
        own: Any = module
        name = module.__name__.removeprefix("autograd.")
        own.__doc__ = f"`torch.{name}`: names that have no effect on one CPU; `autograd/without_effect.py` says more."
        own.__file__, own.__all__ = __file__, [name for name, _ in rows(name)]
        own.__getattr__, own.__dir__ = names_of(name), lambda: sorted({*vars(module), *own.__all__})


# -- what the table says, made ----------------------------------------------------------------------


class _NoEffect(ContextDecorator):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __enter__(self) -> _NoEffect:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def _made(name: str, what: str) -> Any:
    """The object of one name, which is `torch.….name`."""
    kind, _, rest = what.partition(" ")
    match kind:
        case "=":
            return ast.literal_eval(rest)
        case "is":
            return _object(rest)
        case "subclass":
            return _class(name, _object(rest.removeprefix("of ")), "An ordinary module.")
        case "context":
            return _class(name, _NoEffect, "A context manager and decorator that does nothing.")
        case "error":
            return _class(name, RuntimeError, "An exception that is never raised.")
        case "warning":
            return _class(name, Warning, "A warning that is never given.")
        case "enum":
            return IntEnum(name.rpartition(".")[2], rest, module=name.rpartition(".")[0], start=0)
        case "class":
            refuse = _refusing(name, "there are no such objects on NumPy and one CPU")
            return _class(name, object, "Nothing is an instance of this class.", __new__=refuse)
        case "refused:":
            return _function(_refusing(name, REASONS[rest]), name, f"Not supported: {REASONS[rest]}.")
        case "argument":
            return _function(_argument, name, "Return the first argument; without one, a decorator without effect.")
        case "decorator":
            return _function(_decorator, name, "A decorator without effect.")
    value = ast.literal_eval(what)
    return _function(_answering(value), name, f"Do nothing, and return {value!r}.")


def _object(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _class(full: str, base: type, doc: str, **members: Any) -> type:
    module, _, name = full.rpartition(".")
    return type(name, (base,), {"__doc__": doc, "__module__": module, **members})


def _function(function: Callable[..., Any], full: str, doc: str) -> Callable[..., Any]:
    function = FunctionType(function.__code__, function.__globals__, closure=function.__closure__)
    function.__module__, _, function.__name__ = full.rpartition(".")
    function.__qualname__, function.__doc__ = function.__name__, doc
    return function


def _argument(*args: Any, **kwargs: Any) -> Any:
    for first in (*args, *kwargs.values()):
        return _same if isinstance(first, bool) else first
    return _same


def _decorator(*args: Any, **kwargs: Any) -> Any:
    return _same


def _same(decorated: Any) -> Any:
    return decorated


def _answering(value: Any) -> Callable[..., Any]:
    if isinstance(value, (list, dict)):
        return lambda *args, **kwargs: value.copy()
    return lambda *args, **kwargs: value


def _refusing(name: str, reason: str) -> Callable[..., Any]:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(f"{name} is not supported: {reason}")

    return refuse


def _assert(condition: Any, message: str) -> None:
    assert condition, message
