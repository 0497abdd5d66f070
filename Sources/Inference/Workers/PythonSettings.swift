/// Which Python runs models, and what its processes may use.
package struct PythonSettings: Sendable {
    /// The interpreter, by path or name; nil for the first `python3` on the PATH that can be used.
    package var interpreter: String?
    /// The folder in which each model has an environment of its own, made of its `requirements.txt`; nil where all
    /// models run with the interpreter's packages.
    package var environments: String?
    /// What a process may use.
    package var limits = WorkerLimits()

    /// The first `python3` that has MLflow, for all models.
    package init() {}
}
