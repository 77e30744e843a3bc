"""second-cart is installed in place only: notebooks, dictionary and cohorts lie beside the package, not in it."""

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.sdist import sdist

REFUSAL = "second-cart is used from its repository, not as a package: clone it and run make reports"


class NoWheel(bdist_wheel):
    """Stops a build that would leave the notebooks out."""

    def run(self) -> None:
        """Say how second-cart is used instead."""
        raise SystemExit(REFUSAL)


class NoSource(sdist):
    """Stops a build that would leave the notebooks out."""

    def run(self) -> None:
        """Say how second-cart is used instead."""
        raise SystemExit(REFUSAL)


setup(cmdclass={"bdist_wheel": NoWheel, "sdist": NoSource})
