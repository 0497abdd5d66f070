import ArgumentParser
import Martlet

/// Whether a list holds what was deleted.
enum ViewOption: String, ExpressibleByArgument, CaseIterable {
    case active, deleted, all

    var view: MartletClient.View {
        switch self {
        case .active: .active
        case .deleted: .deleted
        case .all: .all
        }
    }
}
