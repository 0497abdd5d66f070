import Glibc

/// A square matrix of doubles times a power of two, so that high powers neither overflow nor underflow.
struct ScaledMatrix {
    private let size: Int
    private var entries: [Double]
    private(set) var binaryExponent = 0

    init(identity size: Int) {
        self.size = size
        entries = [Double](repeating: 0, count: size * size)
        for index in 0..<size { entries[index * size + index] = 1 }
    }

    /// Durbin's matrix for D = (k − h)/n with 2k − 1 = `size`, 0 ≤ h < 1: entry (i, j) is 1/(i − j + 1)! on and below
    /// the first superdiagonal, with (1 − hⁱ⁺¹)/(i + 1)! down the first column, the same backwards along the last row,
    /// and (1 − 2hᵐ + max(0, 2h − 1)ᵐ)/m! in the corner that they share.
    init(durbin size: Int, h: Double) {
        self.init(identity: size)
        var inverseFactorials = [1.0]
        for index in 1...size { inverseFactorials.append(inverseFactorials[index - 1] / Double(index)) }
        for row in 0..<size {
            for column in 0..<size {
                self[row, column] = row - column + 1 >= 0 ? inverseFactorials[row - column + 1] : 0
            }
        }
        for index in 0..<size {
            let value = (1 - pow(h, Double(index + 1))) * inverseFactorials[index + 1]
            self[index, 0] = value
            self[size - 1, size - 1 - index] = value
        }
        let order = Double(size)
        self[size - 1, 0] = (1 - 2 * pow(h, order) + pow(max(0, 2 * h - 1), order)) * inverseFactorials[size]
    }

    subscript(row: Int, column: Int) -> Double {
        get { entries[row * size + column] }
        set { entries[row * size + column] = newValue }
    }

    static func * (left: ScaledMatrix, right: ScaledMatrix) -> ScaledMatrix {
        var product = ScaledMatrix(identity: left.size)
        product.binaryExponent = left.binaryExponent + right.binaryExponent
        let size = left.size
        var largest = 0.0
        var row = [Double](repeating: 0, count: size)
        for i in 0..<size {
            for j in 0..<size { row[j] = 0 }
            for k in 0..<size {
                let factor = left.entries[i * size + k]
                guard factor != 0 else { continue }
                for j in 0..<size { row[j] += factor * right.entries[k * size + j] }
            }
            for j in 0..<size {
                product.entries[i * size + j] = row[j]
                largest = max(largest, abs(row[j]))
            }
        }
        product.rescale(largest)
        return product
    }

    /// Brings the largest entry back to about 1 once it has left 2^±128.
    private mutating func rescale(_ largest: Double) {
        guard largest > 0, abs(largest.exponent) > 128 else { return }
        let shift = Int(largest.exponent)
        for index in entries.indices { entries[index] = scalbn(entries[index], -shift) }
        binaryExponent += shift
    }
}
