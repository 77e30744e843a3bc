"""The machines that are imitated: processor kernels, threads, time zone, language and hash seed."""

import os
from dataclasses import dataclass

from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

OLD = ("Haswell", "Zen", "Nehalem")  # processors without the widest instructions
OLDEST = ("Nehalem",)
WIDE = ("AVX512", "X86_V4")


@dataclass(frozen=True)
class Condition:
    """One imitated machine: OpenBLAS' kernels, its threads, and what else differs from one machine to the next."""

    kernel: str
    threads: int
    zone: str
    language: str
    seed: int

    def __str__(self) -> str:
        return f"{self.kernel}, threads {self.threads}, {self.zone}, {self.language}, hash seed {self.seed}"

    def runs_here(self) -> bool:
        """Whether this processor has the instructions: OpenBLAS does not ask, and ends with an illegal one."""
        return self.kernel in OLD or bool(__cpu_features__.get("AVX512F"))

    def environment(self) -> dict[str, str]:
        """The variables of this process with those of the imitated machine."""
        own = {"OPENBLAS_CORETYPE": self.kernel, "TZ": self.zone, "LANG": self.language, "LC_ALL": self.language}
        own |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), str(self.threads))
        own |= {"PYTHONHASHSEED": str(self.seed), "NPY_DISABLE_CPU_FEATURES": " ".join(self._absent())}
        if self.kernel in OLDEST:
            own["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F"
        return os.environ | own

    def _absent(self) -> list[str]:
        """The instructions that numpy would use here and that the imitated processor lacks."""
        here = [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]
        if self.kernel in OLDEST:
            return here
        return [name for name in here if name.startswith(WIDE)] if self.kernel in OLD else []


CONDITIONS = (
    Condition("Haswell", 1, "UTC", "C.UTF-8", 0),
    Condition("SkylakeX", 1, "Asia/Shanghai", "C", 1),
    Condition("Zen", 1, "America/New_York", "C.UTF-8", 2),
    Condition("Nehalem", 1, "Pacific/Kiritimati", "C", 3),
    Condition("Haswell", 2, "Europe/Berlin", "C", 4),
    Condition("SkylakeX", 2, "UTC", "C.UTF-8", 5),
    Condition("Zen", 2, "Asia/Kolkata", "C", 6),
    Condition("Nehalem", 2, "Pacific/Pago_Pago", "C.UTF-8", 7),
)
