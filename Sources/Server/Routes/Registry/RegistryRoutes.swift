import Hummingbird
import Registry

/// MLflow's calls on the model registry.
struct RegistryRoutes: Sendable {
    let registry: RegistryService

    /// Adds the routes below `…/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        RegisteredModelRoutes(registry: registry).add(to: group)
        ModelVersionRoutes(registry: registry).add(to: group)
        ModelAliasRoutes(registry: registry).add(to: group)
    }
}
