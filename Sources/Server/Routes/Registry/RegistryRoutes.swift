import Hummingbird
import Registry

/// MLflow's calls on the model registry.
struct RegistryRoutes: Sendable {
    let registry: RegistryService

    /// Adds what is not MLflow's, at the root of a server that may stand before an MLflow server.
    func add(to router: Router<MartletContext>, isBeforeMLflow: Bool) {
        TransitionRequestRoutes(registry: registry, isBeforeMLflow: isBeforeMLflow).add(to: router)
        VersionDocumentRoutes(registry: registry).add(to: router)
    }

    /// Adds the routes below `…/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        RegisteredModelRoutes(registry: registry).add(to: group)
        ModelVersionRoutes(registry: registry).add(to: group)
        ModelAliasRoutes(registry: registry).add(to: group)
    }
}
