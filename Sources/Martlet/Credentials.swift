import Kernel

/// Who the client says that it is.
package enum Credentials: Sendable, Hashable {
    case token(String)
    case password(user: String, password: String)

    /// What the environment says: `MARTLET_TOKEN`, else `MLFLOW_TRACKING_USERNAME` with `MLFLOW_TRACKING_PASSWORD`, else
    /// `MLFLOW_TRACKING_TOKEN`, as MLflow's client has it (3.17). A variable that is empty counts as absent.
    package init?(environment: [String: String]) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let token = value("MARTLET_TOKEN") {
            self = .token(token)
        } else if let user = value("MLFLOW_TRACKING_USERNAME"), let password = value("MLFLOW_TRACKING_PASSWORD") {
            self = .password(user: user, password: password)
        } else if let token = value("MLFLOW_TRACKING_TOKEN") {
            self = .token(token)
        } else {
            return nil
        }
    }

    /// The value of the header `Authorization`.
    var header: String {
        switch self {
        case .token(let token): "Bearer \(token)"
        case .password(let user, let password): "Basic \(Base64.encode(Array("\(user):\(password)".utf8)))"
        }
    }
}
