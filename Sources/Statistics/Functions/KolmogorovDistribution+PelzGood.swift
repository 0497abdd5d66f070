import Glibc

extension KolmogorovDistribution {
    /// P(D < x) by the expansion of Pelz and Good (1976): K₀(z) + K₁(z)/√n + K₂(z)/n + K₃(z)/n^1.5 with z = x·√n, each
    /// K written as a theta series that converges fast for the z that matter here.
    static func pelzGood(_ x: Double, size n: Double) -> Double {
        let z = x * n.squareRoot()
        let z2 = z * z
        let z4 = z2 * z2
        let z6 = z4 * z2
        let pi2 = Double.pi * .pi
        let pi4 = pi2 * pi2
        let pi6 = pi4 * pi2
        var k0 = 0.0
        var k1 = 0.0
        var k2 = 0.0
        var k3 = 0.0
        // Terms fall as exp(−π²k²/(2z²)); beyond 16z/π + 1 they are below the last bit.
        let terms = max(1, Int((16 * z / .pi).rounded(.up)))
        for k in 1...terms {
            let half = Double(k) - 0.5
            let h2 = half * half
            let h4 = h2 * h2
            let h6 = h4 * h2
            let odd = exp(-pi2 * h2 / (2 * z2))
            k0 += odd
            k1 += (pi2 * h2 - z2) * odd
            k2 += (6 * z6 + 2 * z4 + pi2 * (2 * z4 - 5 * z2) * h2 + pi4 * (1 - 2 * z2) * h4) * odd
            k3 +=
                (pi6 * h6 * (5 - 30 * z2) + pi4 * h4 * (-60 * z2 + 212 * z4) + pi2 * h2 * (135 * z4 - 96 * z6)
                    - 30 * z6 - 90 * z4 * z4) * odd
            let whole = Double(k) * Double(k)
            let even = exp(-pi2 * whole / (2 * z2))
            k2 -= 2 * z4 * pi2 * whole * even
            k3 += 30 * z4 * (3 * pi2 * whole * z2 - pi4 * whole * whole) * even
        }
        let root = (2 * .pi as Double).squareRoot()
        let sum =
            k0 * root / z
            + k1 * root / (6 * z4) / n.squareRoot()
            + k2 * root / (72 * z6 * z) / n
            + k3 * root / (6480 * z6 * z4) / (n * n.squareRoot())
        return min(1, max(0, sum))
    }
}
