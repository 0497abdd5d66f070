import Analytics
import ArgumentParser
import EventStream
import Foundation
import Inference
import Kernel
import Martlet
import Server

extension ClientError {
    /// What a person is told of `error`, which came of work on this machine; nil where it tells of an end alone.
    init?(telling error: any Error) {
        switch error {
        case is CancellationError, is ExitCode: return nil
        case let error as ClientError: self = error
        case let error as MartletError: self.init(.refused, error.message)
        case let error as AnalyticsError:
            self.init(error.code == .fileUnavailable ? .file : .refused, error.message)
        case let error as InferenceError: self.init(.refused, error.description)
        case let error as StreamError: self.init(.refused, error.description)
        case let error as StartupError: self.init(.refused, error.description)
        default: self.init(.refused, (error as? any LocalizedError)?.errorDescription ?? "\(error)")
        }
    }
}
